"""The planner: what a user should have and what is registered become one plan, in the order Graph needs. Pure.

    desired        current                                    change
    -------------  -----------------------------------------  --------------------------------------------
    a value        none                                       add
    a value        the same                                   keep
    a value        another                                    update, in place; keep, if it was to be added only, or
                                                              (differs) with ON_DIFFERENT=keep
    a number       masked, visible digits differ              update
    a number       masked, visible digits agree               keep  (maskedMatch), or with ON_MASKED=rewrite: update
    no value       none                                       keep  (there is nothing to remove)
    no value       a value                                    remove

What is not named is left alone. A change that is asked for and not possible is a keep that says why:

    alternateMobile to be added, and no mobile                    noMobile
    mobile to be removed, and an alternateMobile stays            alternateExists
    office of a user synchronised from on premises                officeSynced
    only a certain value to be removed, and another registered    valueMismatch
    to be created and registered, to be updated and not           methodExists, methodNotFound
    a value that may stay, and may not be written anew            invalidNumber, numberShared
    a value that differs, with ON_DIFFERENT=keep                  differs; so is alternateMobile, were it promoted
    SMS sign-in without a mobile, or against the policy           noMobile, smsSignInNotAllowed
    mobile is not clear: alternateMobile to be removed            as mobile; it may be its promotion
    mobile to be removed, and an alternateMobile not to be added  as alternateMobile, which would have kept it
    mobile is not clear, or stays against the request: SMS        as mobile; it is not the number that was meant

The order: mobile before alternateMobile, which Graph accepts beside a mobile only; SMS sign-in when the numbers are
there; removals last, alternateMobile before mobile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue, Removal
from shared.core.models import (
    PHONES,
    Action,
    Change,
    Current,
    Method,
    Plan,
    SmsState,
    Stop,
    Target,
    fold,
)
from shared.core.phone import Match, PhoneNumber, StoredNumber

_VALUES = (*PHONES, Method.EMAIL)
# In this order.
_REMOVALS = (Method.ALTERNATE_MOBILE, Method.MOBILE, Method.OFFICE, Method.EMAIL)
_NO_SMS = (SmsState.NOT_ALLOWED_BY_POLICY, SmsState.NOT_SUPPORTED)

_ALTERNATE_EXISTS = Stop(Code.ALTERNATE_EXISTS, "Mobile cannot be removed while alternateMobile is registered.")
NO_MOBILE = Stop(Code.NO_MOBILE, "The user has no mobile method. Add one first.")
_OFFICE_SYNCED = Stop(
    Code.OFFICE_SYNCED,
    "This user is synchronised from on-premises Active Directory, which owns the office number. Change it there.",
)
_MISMATCH = Stop(Code.VALUE_MISMATCH, "Not removed: the registered value differs from the one named in the request.")
_EXISTS = Stop(Code.METHOD_EXISTS, "A method of this type is already registered. Update it instead.")
_NOT_FOUND = Stop(Code.METHOD_NOT_FOUND, "No method of this type is registered. Create it instead.")
_DIFFERS = Stop(Code.DIFFERS, "Left as it is: what is registered differs from the directory, and ON_DIFFERENT is keep.")
_NOT_ALLOWED = Stop(
    Code.SMS_SIGN_IN_NOT_ALLOWED,
    "The tenant's authentication methods policy does not let this user sign in by SMS. An administrator can change it "
    "in the Entra admin center under Authentication methods > Policies > SMS.",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided, from the app settings."""

    rewrite_masked: bool = False
    keep_different: bool = False
    read_only: bool = False
    countries: frozenset[str] = frozenset()
    users_per_number: int = 3
    max_removals: int = 10
    max_removals_percent: int = 10
    max_overwrites: int = 20
    max_overwrites_percent: int = 30


@dataclass(frozen=True, slots=True)
class UserPlan:
    """One user on the way through a run, as the caller named it; `user_id` is empty where the user was not read."""

    target: Target
    plan: Plan
    ignored: tuple[str, ...] = ()
    user_id: str = ""
    desired: Desired = field(default_factory=Desired)
    current: Current = field(default_factory=Current)

    @property
    def has_writes(self) -> bool:
        return any(change.is_write for change in self.plan.changes)


def plan_user(desired: Desired, current: Current, policy: Policy) -> Plan:
    """The table above, for all that is desired."""
    values = {
        method: _fit(_value_change(method, desired.values[method], present(current, method), policy), desired)
        for method in _VALUES
        if method in desired.values
    }
    values |= {
        method: replace(values[method], action=Action.KEEP, stop=stop)
        for method, stop in _rules(values, desired, current)
    }
    changes = [change for change in values.values() if change.action is not Action.REMOVE]
    if desired.sms_sign_in is not None:
        changes.append(_sms_sign_in(desired, current, values.get(Method.MOBILE)))
    changes += [values[method] for method in _REMOVALS if method in values and values[method].action is Action.REMOVE]
    changes += _other_removals(desired.removals, current)
    return Plan(tuple(changes))


def is_blocked(change: Change, failed: Change) -> bool:
    """Whether a change must not be tried because another one of the same user was not made."""
    match failed.method, failed.action:
        case Method.MOBILE, Action.ADD:
            return change.method in (Method.ALTERNATE_MOBILE, Method.SMS_SIGN_IN)
        case Method.MOBILE, Action.UPDATE:
            # Removing the alternate may be the second half of its promotion: the number would be lost.
            is_promoted = change.method is Method.ALTERNATE_MOBILE and change.action is Action.REMOVE
            # SMS sign-in that is on and unwanted goes off, whatever became of the number.
            is_switch = change.method is Method.SMS_SIGN_IN
            goes_off = change.action is Action.DISABLE and change.before is SmsState.READY
            return is_promoted or (is_switch and not goes_off)
        case Method.ALTERNATE_MOBILE, Action.REMOVE:
            return change.method is Method.MOBILE and change.action is Action.REMOVE
    return False


def compare(current: StoredNumber | EmailAddress, value: PhoneNumber | EmailAddress) -> Match:
    """How what is registered compares with a value."""
    if isinstance(current, StoredNumber) and isinstance(value, PhoneNumber):
        return current.compare(value)
    same = isinstance(current, EmailAddress) and isinstance(value, EmailAddress) and current.is_same(value)
    return Match.EQUAL if same else Match.DIFFERENT


def present(current: Current, method: Method) -> StoredNumber | EmailAddress | None:
    """What is registered for a phone type or e-mail."""
    if method is Method.EMAIL:
        return current.email
    phone = current.phone(method)
    return phone.number if phone else None


def _value_change(
    method: Method, asked: DesiredValue, before: StoredNumber | EmailAddress | None, policy: Policy
) -> Change:
    def change(action: Action, stop: Stop | None = None, masked_match: bool = False) -> Change:
        return Change(action, method, before, asked.value, masked_match, stop=stop)

    if asked.stop is not None:
        return change(Action.KEEP, asked.stop)
    if before is None:
        if asked.condition is Condition.MUST_EXIST:
            return change(Action.KEEP, _NOT_FOUND)
        return change(Action.KEEP if asked.value is None else Action.ADD)
    if asked.value is None:
        found = Match.EQUAL if asked.present is None else compare(before, asked.present)
        is_other = found is Match.DIFFERENT or (found is Match.VISIBLE_EQUAL and policy.rewrite_masked)
        return change(Action.KEEP, _MISMATCH) if is_other else change(Action.REMOVE)
    if asked.condition is Condition.MUST_BE_MISSING:
        return change(Action.KEEP, _EXISTS)
    found = compare(before, asked.value)
    is_masked = found is Match.VISIBLE_EQUAL
    is_left = asked.condition is Condition.UNLESS_DIFFERENT
    is_right = found is Match.EQUAL or (is_masked and (is_left or not policy.rewrite_masked))
    if not is_right and is_left:
        return change(Action.KEEP, _DIFFERS)
    if not is_right and asked.condition is Condition.IF_MISSING:
        return Change(Action.KEEP, method, before)
    return change(Action.KEEP if is_right else Action.UPDATE, masked_match=is_masked)


def _fit(change: Change, desired: Desired) -> Change:
    unfit = desired.values[change.method].unfit
    return Change(Action.KEEP, change.method, change.before, stop=unfit) if unfit and change.is_write else change


def _rules(values: Mapping[Method, Change], desired: Desired, current: Current) -> Iterator[tuple[Method, Stop]]:
    """The changes that cannot be made, and why."""
    mobile, alternate = values.get(Method.MOBILE), values.get(Method.ALTERNATE_MOBILE)
    if desired.synced and Method.OFFICE in values and values[Method.OFFICE].is_write:
        yield Method.OFFICE, _OFFICE_SYNCED
    if alternate is not None and (stop := _alternate_stop(alternate, mobile, desired, current)) is not None:
        yield Method.ALTERNATE_MOBILE, stop
    is_removed = mobile is not None and mobile.action is Action.REMOVE
    if is_removed and (stop := _kept_for(alternate, desired, current)) is not None:
        yield Method.MOBILE, stop


def _alternate_stop(alternate: Change, mobile: Change | None, desired: Desired, current: Current) -> Stop | None:
    """Why the alternate cannot be added or removed, as far as that is a matter of the mobile."""
    if alternate.action is Action.ADD:
        is_alone = current.phone(Method.MOBILE) is None and (mobile is None or mobile.action is not Action.ADD)
        return NO_MOBILE if is_alone else None
    if alternate.action is not Action.REMOVE or mobile is None:
        return None
    if mobile.stop is _DIFFERS:
        return _DIFFERS if _is_promotion(mobile, current) else None
    asked = desired.values[Method.MOBILE]
    return mobile.stop if mobile.stop in (asked.stop, asked.unfit) else None


def _kept_for(alternate: Change | None, desired: Desired, current: Current) -> Stop | None:
    """Why the mobile cannot be removed: an alternate stays, or one may not be added that would have kept it."""
    if alternate is not None and alternate.before is None and (unfit := desired.values[alternate.method].unfit):
        return unfit
    if alternate is not None and alternate.action in (Action.ADD, Action.REMOVE):
        return _ALTERNATE_EXISTS if alternate.action is Action.ADD else None
    return None if current.phone(Method.ALTERNATE_MOBILE) is None else _ALTERNATE_EXISTS


def _is_promotion(mobile: Change, current: Current) -> bool:
    """Whether the number that mobile should have is that of alternateMobile."""
    alternate = present(current, Method.ALTERNATE_MOBILE)
    if alternate is None or not isinstance(mobile.after, PhoneNumber):
        return False
    return compare(alternate, mobile.after) is not Match.DIFFERENT


def _sms_sign_in(desired: Desired, current: Current, mobile: Change | None) -> Change:
    """Only Graph knows the state behind a new number, so this step is planned again once the number is registered."""
    phone = current.phone(Method.MOBILE)
    state = phone.sms_sign_in_state if phone else None
    action = mobile.action if mobile else Action.KEEP
    has_mobile = action is Action.ADD or (phone is not None and action is not Action.REMOVE)
    is_new = action in (Action.ADD, Action.UPDATE)

    def change(action: Action, after: SmsState | None = state, stop: Stop | None = None) -> Change:
        return Change(action, Method.SMS_SIGN_IN, state, after, stop=stop)

    if desired.sms_stop is not None:
        return change(Action.KEEP, stop=desired.sms_stop)
    if desired.sms_sign_in and not has_mobile:
        return change(Action.KEEP, stop=NO_MOBILE)
    if desired.sms_sign_in and mobile is not None and mobile.stop is not None:
        return change(Action.KEEP, stop=mobile.stop)
    if desired.sms_sign_in and state in _NO_SMS:
        return change(Action.KEEP, stop=_NOT_ALLOWED)
    if desired.sms_sign_in and (state is not SmsState.READY or is_new):
        return change(Action.ENABLE, SmsState.READY)
    if not desired.sms_sign_in and (state is SmsState.READY or (is_new and state not in _NO_SMS)):
        return change(Action.DISABLE, SmsState.NOT_ENABLED)
    return change(Action.KEEP)


def _other_removals(removals: Sequence[Removal], current: Current) -> list[Change]:
    changes: dict[tuple[Method, str | None], Change] = {}
    for removal in removals:
        found = [
            other
            for other in current.others
            if other.method is removal.method and (removal.id is None or fold(other.id) == fold(removal.id))
        ]
        for other in found:
            changes[other.method, other.id] = Change(Action.REMOVE, other.method, id=other.id)
        if not found:
            changes[removal.method, removal.id] = Change(Action.KEEP, removal.method, id=removal.id)
    return list(changes.values())
