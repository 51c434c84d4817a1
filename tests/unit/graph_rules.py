"""Graph's rules for the authentication methods of one user, as far as they are known: pure, and without any wire.

Sources: Graph docs, "phoneAuthenticationMethod resource type", "Create phoneAuthenticationMethod", "Delete
phoneAuthenticationMethod", "Create emailAuthenticationMethod"; answers seen live for the default method and for SMS
sign-in that is not unique. What is a guess is marked so. Written apart from the sandbox on purpose: a wrong idea of the
one does not hide in the other.
"""

from dataclasses import dataclass, field
from enum import Enum

from shared.core.address import EmailAddress
from shared.core.models import PHONES, Action, Change, Current, Method, OtherMethod, PhoneMethod, ReadScope, SmsState
from shared.core.phone import PhoneNumber, StoredNumber
from tests.unit.parsed import parse_number

Key = tuple[Method, str | None]


class SmsPolicy(Enum):
    """What the tenant's policy for SMS sign-in does with a mobile number."""

    FORBIDS = "forbids"
    ALLOWS = "allows"
    REGISTERS = "registers"  # every new number at once


class Verdict(Enum):
    DONE = "done"
    REFUSED = "refused"
    IS_DEFAULT = "is default"
    SAVED_ALL_THE_SAME = "saved all the same"  # 409, and yet the number is there


@dataclass(slots=True)
class Account:
    """The methods of one user. `taken` are numbers with which other users sign in; `default` is the key of the default
    method; a `deaf` account answers 204 to a switch of SMS sign-in and does nothing."""

    phones: dict[Method, str] = field(default_factory=dict)
    email: str | None = None
    others: dict[str, Method] = field(default_factory=dict)
    default: Key | None = None
    synced: bool = False
    policy: SmsPolicy = SmsPolicy.ALLOWS
    taken: frozenset[str] = frozenset()
    complains: bool = False
    deaf: bool = False
    state: SmsState | None = None

    def __post_init__(self) -> None:
        if self.state is None and Method.MOBILE in self.phones:
            self.state = self._idle()

    def do(self, change: Change) -> Verdict:
        """Makes the change if the rules allow it; what is refused changes nothing."""
        if change.method is Method.SMS_SIGN_IN:
            return self._switch(change.action)
        if change.method is Method.EMAIL:
            return self._set_email(change)
        return self._set_phone(change) if change.method in PHONES else self._remove_other(change)

    def seen(self, scope: ReadScope = ReadScope.ALL, *, masked: bool = False) -> Current:
        """What a caller reads; `masked` as an Authentication Administrator sees it."""
        phones = tuple(
            PhoneMethod(
                method,
                StoredNumber(parse_number(text, None).masked if masked else text),
                self.state if method is Method.MOBILE else SmsState.NOT_SUPPORTED,
            )
            for method, text in self.phones.items()
        )
        if scope is ReadScope.PHONES:
            return Current(phones)
        others = tuple(OtherMethod(method, method_id) for method_id, method in self.others.items())
        return Current(phones, None if self.email is None else EmailAddress(self.email), others)

    def values(self) -> dict[Key, object]:
        """All that is registered, for comparison."""
        email: dict[Key, object] = {} if self.email is None else {(Method.EMAIL, None): self.email}
        state: dict[Key, object] = {} if self.state is None else {(Method.SMS_SIGN_IN, None): self.state}
        phones: dict[Key, object] = {(method, None): text for method, text in self.phones.items()}
        return phones | email | state | {(method, method_id): True for method_id, method in self.others.items()}

    def _set_phone(self, change: Change) -> Verdict:
        method, has_it = change.method, change.method in self.phones
        allowed = {
            Action.ADD: not has_it and (method is not Method.ALTERNATE_MOBILE or Method.MOBILE in self.phones),
            Action.UPDATE: has_it,
            Action.REMOVE: has_it and not (method is Method.MOBILE and Method.ALTERNATE_MOBILE in self.phones),
        }
        # Guess: the office number of a synchronised user is read-only.
        if not allowed[change.action] or (method is Method.OFFICE and self.synced):
            return Verdict.REFUSED
        if change.action is Action.REMOVE:
            if self._is_kept_as_default(change.key):
                return Verdict.IS_DEFAULT
            del self.phones[method]
            if method is Method.MOBILE:
                self.state = None
            return Verdict.DONE
        assert isinstance(change.after, PhoneNumber)
        self.phones[method] = change.after.graph_format
        return self._register() if method is Method.MOBILE else Verdict.DONE

    def _register(self) -> Verdict:
        """A new mobile number: the policy may have it registered for SMS sign-in at once."""
        if self.policy is not SmsPolicy.REGISTERS:
            self.state = self._idle()
            return Verdict.DONE
        is_taken = self.phones[Method.MOBILE] in self.taken
        self.state = SmsState.PHONE_NUMBER_NOT_UNIQUE if is_taken else SmsState.READY
        return Verdict.SAVED_ALL_THE_SAME if is_taken and self.complains else Verdict.DONE

    def _idle(self) -> SmsState:
        return SmsState.NOT_ALLOWED_BY_POLICY if self.policy is SmsPolicy.FORBIDS else SmsState.NOT_ENABLED

    def _switch(self, action: Action) -> Verdict:
        # Guess: a switch that stands already is accepted.
        if Method.MOBILE not in self.phones or self.policy is SmsPolicy.FORBIDS:
            return Verdict.REFUSED
        if self.deaf:
            return Verdict.DONE
        if action is Action.DISABLE:
            self.state = SmsState.NOT_ENABLED
            return Verdict.DONE
        is_taken = self.phones[Method.MOBILE] in self.taken
        self.state = SmsState.PHONE_NUMBER_NOT_UNIQUE if is_taken else SmsState.READY
        return Verdict.REFUSED if is_taken and self.complains else Verdict.DONE

    def _set_email(self, change: Change) -> Verdict:
        if (self.email is None) is not (change.action is Action.ADD):
            return Verdict.REFUSED
        self.email = change.after.text if isinstance(change.after, EmailAddress) else None
        return Verdict.DONE

    def _remove_other(self, change: Change) -> Verdict:
        if change.action is not Action.REMOVE or self.others.get(change.id or "") is not change.method:
            return Verdict.REFUSED
        if self._is_kept_as_default(change.key):
            return Verdict.IS_DEFAULT
        del self.others[change.id or ""]
        return Verdict.DONE

    def _is_kept_as_default(self, key: Key) -> bool:
        """The default method goes only when it is the last one. Guess: e-mail, which is for password resets alone, does
        not count."""
        return key == self.default and len(self.phones) + len(self.others) > 1
