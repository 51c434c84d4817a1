"""Numbers and an in-memory directory for tests: it keeps Graph's rules for each user and the order of its calls."""

from collections.abc import Callable, Collection, Mapping, Sequence

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.guard.people import Guarded
from shared.core.models import (
    Action,
    Change,
    Current,
    Method,
    Outcome,
    OutcomeKind,
    PhoneMethod,
    ReadScope,
    SmsState,
    Snapshot,
    Stop,
    Target,
    User,
)
from shared.core.phone import PhoneNumber, StoredNumber
from shared.deadline import Deadline
from tests.unit.graph_rules import Account, Verdict
from tests.unit.parsed import parse_number

MOBILE, ALTERNATE, OFFICE = Method.MOBILE, Method.ALTERNATE_MOBILE, Method.OFFICE
EMAIL, SMS = Method.EMAIL, Method.SMS_SIGN_IN

GONE = Stop(Code.USER_NOT_FOUND, "There is no such user.")
REFUSED = Stop(Code.GRAPH_ERROR, "Graph has a rule against it.")
IS_DEFAULT = Stop(Code.DEFAULT_METHOD, "It is the default method.")
NO_ANSWER = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")
FORBIDDEN = Stop(Code.FORBIDDEN, "The role does not reach this user.")


def number(text: str) -> PhoneNumber:
    return parse_number(text, None)


def method(text: str, phone_type: Method = MOBILE, sms_sign_in_state: SmsState | None = None) -> PhoneMethod:
    return PhoneMethod(phone_type, StoredNumber(text), sms_sign_in_state)


def address(text: str) -> EmailAddress:
    return EmailAddress(text)


Answering = Callable[["InMemory", str, Change], Outcome]


class InMemory:
    """The Directory protocol over two dictionaries: users by id, and what each has registered."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.accounts: dict[str, Account] = {}
        self.protected: frozenset[str] | Stop = frozenset()
        self.administrators: frozenset[str] | Stop = frozenset()
        self.allowed: frozenset[str] | Stop | None = None
        self.unreadable: dict[str, Stop] = {}
        self.masks = False
        self.calls: list[str] = []
        self.asked_methods: list[list[str]] = []
        self.paused_s = 0.0
        self.scopes: list[ReadScope] = []
        self.written: list[tuple[str, Change]] = []
        self.alone: list[list[str]] = []
        self.scripts: dict[str, list[Answering]] = {}
        self.looks: dict[str, list[Current | Stop]] = {}

    @property
    def phones(self) -> dict[str, dict[Method, str]]:
        """Each user's registered numbers by type."""
        return {user_id: account.phones for user_id, account in self.accounts.items()}

    def add(self, user_id: str, source: str | None = None, /, location: str | None = None, **phones: str) -> User:
        """`source` is the attribute for the mobile number."""
        account = Account({Method(kind): text for kind, text in phones.items()})
        return self.add_account(user_id, account, {MOBILE: source}, location)

    def add_account(
        self,
        user_id: str,
        account: Account,
        attributes: Mapping[Method, str | Stop | None] | None = None,
        location: str | None = None,
    ) -> User:
        user = User(user_id, f"{user_id}@contoso.com", attributes or {MOBILE: None}, location, account.synced)
        self.users[user_id] = user
        self.accounts[user_id] = account
        return user

    def script(self, user_id: str, *answers: Answering) -> None:
        """What the next writes for this user come to, in order; after them the rules hold again."""
        self.scripts[user_id] = list(answers)

    def look(self, user_id: str, *looks: Current | Stop) -> None:
        """What the next reads of this user's methods give, in order."""
        self.looks[user_id] = list(looks)

    def guarded(self, _deadline: Deadline) -> Guarded:
        self.calls.append("guarded")
        return Guarded(self.protected, self.administrators, self.allowed)

    def read(
        self, targets: Sequence[Target], scope_of: Callable[[Target, User], ReadScope], deadline: Deadline
    ) -> list[Snapshot]:
        self.calls.append("read")
        return [self._snapshot(target, scope_of, deadline) for target in targets]

    def _snapshot(self, target: Target, scope_of: Callable[[Target, User], ReadScope], deadline: Deadline) -> Snapshot:
        name = (target.upn or target.id or "").lower()
        user = next((user for user in self.users.values() if name in (user.id, user.upn.lower())), None)
        if user is None:
            return Snapshot(None, stop=GONE)
        scope = scope_of(target, user)
        if scope is ReadScope.NONE:
            return Snapshot(user)
        (found,) = self.methods([(user.id, scope)], deadline)
        return Snapshot(user, stop=found) if isinstance(found, Stop) else Snapshot(user, found)

    def methods(
        self, users: Sequence[tuple[str, ReadScope]], _deadline: Deadline, pause_s: float = 0.0
    ) -> list[Current | Stop]:
        self.calls.append("methods")
        self.paused_s += pause_s
        self.asked_methods.append([user_id for user_id, _ in users])
        self.scopes += [scope for _, scope in users]
        return [self._methods(user_id, scope) for user_id, scope in users]

    def _methods(self, user_id: str, scope: ReadScope) -> Current | Stop:
        if self.looks.get(user_id):
            return self.looks[user_id].pop(0)
        if user_id in self.unreadable:
            return self.unreadable[user_id]
        return self.accounts[user_id].seen(scope, masked=self.masks)

    def write(
        self, writes: Sequence[tuple[str, Change]], _deadline: Deadline, alone: Collection[int] = ()
    ) -> list[Outcome]:
        self.calls.append("write")
        self.alone.append([writes[position][0] for position in alone])
        return [self._write(user_id, change) for user_id, change in writes]

    def _write(self, user_id: str, change: Change) -> Outcome:
        self.written.append((user_id, change))
        scripts = self.scripts.get(user_id)
        return scripts.pop(0)(self, user_id, change) if scripts else self.obey(user_id, change)

    def obey(self, user_id: str, change: Change) -> Outcome:
        """What Graph's rules come to."""
        account = self.accounts[user_id]
        match account.do(change):
            case Verdict.DONE:
                return Outcome(OutcomeKind.APPLIED, sms_sign_in_state=account.state)
            case Verdict.REFUSED:
                return Outcome(OutcomeKind.REFUSED, REFUSED)
            case Verdict.IS_DEFAULT:
                return Outcome(OutcomeKind.REFUSED, IS_DEFAULT)
            case Verdict.SAVED_ALL_THE_SAME:
                return Outcome(OutcomeKind.REFUSED, REFUSED, may_be_saved=True)


def lost_before(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    """No verdict, and it was not done."""
    return Outcome(OutcomeKind.LOST, NO_ANSWER)


def lost_after(directory: InMemory, user_id: str, change: Change) -> Outcome:
    """No verdict, and it was done, if the rules allow it."""
    directory.obey(user_id, change)
    return Outcome(OutcomeKind.LOST, NO_ANSWER)


def failed(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    return Outcome(OutcomeKind.FAILED, FORBIDDEN)


def refused(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    return Outcome(OutcomeKind.REFUSED, REFUSED)


def called_default(directory: InMemory, user_id: str, change: Change) -> Outcome:
    """Every 400 to a removal is taken for the default method: there may be more than one of them."""
    is_removal = change.action is Action.REMOVE
    return Outcome(OutcomeKind.REFUSED, IS_DEFAULT) if is_removal else directory.obey(user_id, change)


def done_in_words_only(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    """204, and nothing happened."""
    return Outcome(OutcomeKind.APPLIED)


def obeyed(directory: InMemory, user_id: str, change: Change) -> Outcome:
    return directory.obey(user_id, change)


def saved_though_refused(directory: InMemory, user_id: str, change: Change) -> Outcome:
    """409 for a number that signs another user in: usually it is saved all the same."""
    directory.obey(user_id, change)
    directory.accounts[user_id].state = SmsState.PHONE_NUMBER_NOT_UNIQUE
    return Outcome(OutcomeKind.REFUSED, REFUSED, may_be_saved=True)


def meanwhile(phone_type: Method, text: str | None) -> Answering:
    """Somebody else changes the user just before the write arrives; then the rules decide."""

    def answer(directory: InMemory, user_id: str, change: Change) -> Outcome:
        if text is None:
            directory.phones[user_id].pop(phone_type, None)
        else:
            directory.phones[user_id][phone_type] = text
        return directory.obey(user_id, change)

    return answer
