"""Numbers and an in-memory directory for tests: it keeps Graph's rules for phone methods and the order of its calls."""

from collections.abc import Callable, Sequence

from shared.deadline import Deadline
from shared.models import (
    Action,
    Change,
    Code,
    Outcome,
    OutcomeKind,
    PhoneMethod,
    PhoneType,
    Snapshot,
    Stop,
    Target,
    User,
)
from shared.phone import PhoneNumber, StoredNumber, parse_number

MOBILE, ALTERNATE, OFFICE = PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE

GONE = Stop(Code.USER_NOT_FOUND, "There is no such user.")
REFUSED = Stop(Code.GRAPH_ERROR, "Graph has a rule against it.")
NO_ANSWER = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")


def number(text: str) -> PhoneNumber:
    return parse_number(text, None)


def method(text: str, phone_type: PhoneType = MOBILE, sms_sign_in_state: str | None = None) -> PhoneMethod:
    return PhoneMethod(phone_type, StoredNumber(text), sms_sign_in_state)


Answering = Callable[["InMemory", str, Change], Outcome]


class InMemory:
    """The Directory protocol over two dictionaries: users by id, and each user's registered numbers by type."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.phones: dict[str, dict[PhoneType, str]] = {}
        self.states: dict[str, str] = {}
        self.protected: frozenset[str] | Stop = frozenset()
        self.unreadable: dict[str, Stop] = {}
        self.masks = False
        self.calls: list[str] = []
        self.asked_methods: list[list[str]] = []
        self.written: list[tuple[str, Change]] = []
        self.scripts: dict[str, list[Answering]] = {}
        self.looks: dict[str, list[tuple[PhoneMethod, ...] | Stop]] = {}

    def add(self, user_id: str, source: str | None = None, /, location: str | None = None, **phones: str) -> User:
        user = User(user_id, f"{user_id}@contoso.com", source, location)
        self.users[user_id] = user
        self.phones[user_id] = {PhoneType(kind): text for kind, text in phones.items()}
        return user

    def script(self, user_id: str, *answers: Answering) -> None:
        """What the next writes for this user come to, in order; after them the rules hold again."""
        self.scripts[user_id] = list(answers)

    def look(self, user_id: str, *looks: tuple[PhoneMethod, ...] | Stop) -> None:
        """What the next reads of this user's methods give, in order."""
        self.looks[user_id] = list(looks)

    def protected_ids(self, _deadline: Deadline) -> frozenset[str] | Stop:
        self.calls.append("protected_ids")
        return self.protected

    def read(
        self, targets: Sequence[Target], wants_methods: Callable[[User], bool], deadline: Deadline
    ) -> list[Snapshot]:
        self.calls.append("read")
        return [self._snapshot(target, wants_methods, deadline) for target in targets]

    def _snapshot(self, target: Target, wants_methods: Callable[[User], bool], deadline: Deadline) -> Snapshot:
        name = (target.upn or target.id or "").lower()
        user = next((user for user in self.users.values() if name in (user.id, user.upn.lower())), None)
        if user is None:
            return Snapshot(None, stop=GONE)
        if not wants_methods(user):
            return Snapshot(user)
        (found,) = self.methods([user.id], deadline)
        return Snapshot(user, stop=found) if isinstance(found, Stop) else Snapshot(user, found)

    def methods(self, user_ids: Sequence[str], _deadline: Deadline) -> list[tuple[PhoneMethod, ...] | Stop]:
        self.calls.append("methods")
        self.asked_methods.append(list(user_ids))
        return [self._methods(user_id) for user_id in user_ids]

    def _methods(self, user_id: str) -> tuple[PhoneMethod, ...] | Stop:
        if self.looks.get(user_id):
            return self.looks[user_id].pop(0)
        if user_id in self.unreadable:
            return self.unreadable[user_id]
        state = self.states.get(user_id)
        return tuple(
            PhoneMethod(kind, self._shown(text), state if kind is MOBILE else None)
            for kind, text in self.phones[user_id].items()
        )

    def _shown(self, text: str) -> StoredNumber:
        return StoredNumber(parse_number(text, None).masked if self.masks else text)

    def write(self, writes: Sequence[tuple[str, Change]], _deadline: Deadline) -> list[Outcome]:
        self.calls.append("write")
        return [self._write(user_id, change) for user_id, change in writes]

    def _write(self, user_id: str, change: Change) -> Outcome:
        self.written.append((user_id, change))
        scripts = self.scripts.get(user_id)
        return scripts.pop(0)(self, user_id, change) if scripts else self.obey(user_id, change)

    def obey(self, user_id: str, change: Change) -> Outcome:
        """Graph's rules: one number a type, alternateMobile needs mobile, nothing is changed that is not there."""
        phones = self.phones[user_id]
        has_it = change.phone_type in phones
        allowed = {
            Action.ADD: not has_it and (change.phone_type is not ALTERNATE or MOBILE in phones),
            Action.UPDATE: has_it,
            Action.REMOVE: has_it and not (change.phone_type is MOBILE and ALTERNATE in phones),
        }
        if not allowed[change.action]:
            return Outcome(OutcomeKind.REFUSED, REFUSED)
        if change.after is None:
            del phones[change.phone_type]
        else:
            phones[change.phone_type] = change.after.graph_format
        return Outcome(OutcomeKind.APPLIED, sms_sign_in_state=self.states.get(user_id))


def lost_before(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    """No verdict, and it was not done."""
    return Outcome(OutcomeKind.LOST, NO_ANSWER)


def lost_after(directory: InMemory, user_id: str, change: Change) -> Outcome:
    """No verdict, and it was done."""
    directory.obey(user_id, change)
    return Outcome(OutcomeKind.LOST, NO_ANSWER)


def failed(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    return Outcome(OutcomeKind.FAILED, Stop(Code.FORBIDDEN, "The role does not reach this user."))


def refused(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    return Outcome(OutcomeKind.REFUSED, REFUSED)


def saved_though_refused(directory: InMemory, user_id: str, change: Change) -> Outcome:
    """409 for a number that signs another user in: usually it is saved all the same."""
    directory.obey(user_id, change)
    directory.states[user_id] = "phoneNumberNotUnique"
    return Outcome(OutcomeKind.REFUSED, REFUSED, may_be_saved=True)


def meanwhile(phone_type: PhoneType, text: str | None) -> Answering:
    """Somebody else changes the user just before the write arrives; then the rules decide."""

    def answer(directory: InMemory, user_id: str, change: Change) -> Outcome:
        if text is None:
            directory.phones[user_id].pop(phone_type, None)
        else:
            directory.phones[user_id][phone_type] = text
        return directory.obey(user_id, change)

    return answer
