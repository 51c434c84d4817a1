"""Users as a listing has shown them: who they are, and keyed tags of what they should have. Pure.

Between the listing of a job and its plan nothing else of them is kept. A registered value with the same tag is the
desired one, so such a user need not be read again; a user for whom one tag differs is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.desired import DesiredValue, DirectorySource
from shared.core.models import Current, Method, ReadScope, Snapshot, Stop, Target, User
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.plan_id import Keyed, value_tag
from shared.core.reconcile import Directory
from shared.deadline import Deadline

# In place of a tag: nothing is desired; or it could not be made out what is, so the user has to be read again.
NOTHING, UNCLEAR = "", "?"
# Who was listed is meant, and not who bears the name now.
RENAMED = Stop(Code.USER_NOT_FOUND, "Since the users were listed, this name has been given to another user.")


@dataclass(frozen=True, slots=True)
class ListedUser:
    """`tags`: by method, of the value desired, NOTHING or UNCLEAR."""

    id: str
    tags: Mapping[Method, str]
    synced: bool = False
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some of the users, and where the next ones are; None: these were the last."""

    users: tuple[User, ...]
    next: str | None


def listed_user(user: User, source: DirectorySource, keyed: Keyed) -> ListedUser | None:
    """None for a user for whom nothing is desired, so that there is nothing to look at."""
    desired = source.desired(Target(user.upn), user)
    if isinstance(desired, Stop):
        if source.is_empty(desired):
            return None
        return ListedUser(user.id, dict.fromkeys(user.attributes, UNCLEAR), user.synced, user.restricted)
    tags = {method: _tag(value, source, keyed) for method, value in desired.values.items()}
    return ListedUser(user.id, tags, user.synced, user.restricted)


def _tag(value: DesiredValue, source: DirectorySource, keyed: Keyed) -> str:
    if value.stop is not None:
        return NOTHING if source.is_empty(value.stop) else UNCLEAR
    return NOTHING if value.value is None else value_tag(value.value, keyed)


class ListedDirectory:
    """A directory that has none but the users listed. They need not be read again where their methods are what the
    listing desired; with `rereads` everybody is."""

    def __init__(
        self, directory: Directory, listed: Mapping[Target, ListedUser], keyed: Keyed, *, rereads: bool
    ) -> None:
        self._directory, self._listed, self._keyed, self._rereads = directory, listed, keyed, rereads
        self.guarded, self.methods, self.write = directory.guarded, directory.methods, directory.write

    def read(
        self, targets: Sequence[Target], scope_of: Callable[[Target, User], ReadScope], deadline: Deadline
    ) -> list[Snapshot]:
        clear = [target for target in targets if self._may_be_known(self._listed[target])]
        scopes = {target: _scope(self._listed[target]) for target in clear}
        asked = [(self._listed[target].id, scope) for target, scope in scopes.items()]
        current = dict(zip(clear, self._directory.methods(asked, deadline), strict=True))
        found: dict[Target, Snapshot] = {}
        for target, methods in current.items():
            if isinstance(methods, Stop):
                found[target] = Snapshot(None, stop=methods)
            elif (user := self._as_desired(target, methods)) is not None:
                scope = scope_of(target, user)
                found[target] = Snapshot(user, None if scope is ReadScope.NONE else methods)
        others = [target for target in targets if target not in found]
        wanted: dict[Target, ReadScope] = {}

        def scope_of_other(target: Target, user: User) -> ReadScope:
            if user.id != self._listed[target].id:
                return ReadScope.NONE
            wanted[target] = scope_of(target, user)
            return ReadScope.NONE if scopes.get(target) is wanted[target] else wanted[target]

        for target, snapshot in zip(others, self._directory.read(others, scope_of_other, deadline), strict=True):
            if snapshot.user is not None and snapshot.user.id != self._listed[target].id:
                found[target] = Snapshot(None, stop=RENAMED)
                continue
            known = current.get(target)
            is_known = snapshot.user is not None and isinstance(known, Current) and snapshot.stop is None
            is_used = is_known and wanted[target] is scopes.get(target)
            found[target] = Snapshot(snapshot.user, known) if is_used and isinstance(known, Current) else snapshot
        return [found[target] for target in targets]

    def _may_be_known(self, user: ListedUser) -> bool:
        return not self._rereads and UNCLEAR not in user.tags.values()

    def _as_desired(self, target: Target, current: Current) -> User | None:
        """The user with what is registered in the attributes, if that is what they held; None: it is not."""
        listed = self._listed[target]
        values = {method: _registered(current, method) for method in listed.tags}
        if any(tag != _tag_of(values[method], self._keyed) for method, tag in listed.tags.items()):
            return None
        texts = {method: _text(value) for method, value in values.items()}
        return User(listed.id, target.upn or "", texts, None, listed.synced, listed.restricted)


def _scope(user: ListedUser) -> ReadScope:
    return ReadScope.ALL if Method.EMAIL in user.tags else ReadScope.PHONES


def _registered(current: Current, method: Method) -> PhoneNumber | EmailAddress | StoredNumber | None:
    """What is registered; a number that Graph hides, and a text that is none, as it is."""
    if method is Method.EMAIL:
        return current.email
    phone = current.phone(method)
    return None if phone is None else phone.number.canonical() or phone.number


def _tag_of(registered: PhoneNumber | EmailAddress | StoredNumber | None, keyed: Keyed) -> str:
    match registered:
        case None:
            return NOTHING
        case StoredNumber():
            return UNCLEAR
    return value_tag(registered, keyed)


def _text(value: PhoneNumber | EmailAddress | StoredNumber | None) -> str | None:
    if isinstance(value, PhoneNumber):
        return value.graph_format
    return value.text if isinstance(value, EmailAddress) else None
