"""Numbers that several users of one list should have. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from shared.core.apply import SMS_NOT_UNIQUE
from shared.core.codes import Code
from shared.core.models import Action, Change, Method, Stop, Target
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy, UserPlan, plan_user

NUMBER_SHARED = Stop(
    Code.NUMBER_SHARED,
    "The same mobile number is desired for more users of this list than MAX_USERS_PER_NUMBER allows. Check the source.",
)


def without_shared_numbers(
    plans: Sequence[UserPlan], policy: Policy, shared: Collection[Target], taken: Collection[Target]
) -> list[UserPlan]:
    """What is known from the whole of a longer list: `shared`: users whose number too many have; `taken`: those
    whose number another user should sign in with, too."""
    return _one_sign_in_a_number(_few_users_a_number(plans, policy, shared), policy, taken)


def mobile_desired(user: UserPlan) -> PhoneNumber | None:
    """The mobile number that a user who was found should have."""
    asked = user.desired.values.get(Method.MOBILE)
    return asked.value if asked is not None and isinstance(asked.value, PhoneNumber) else None


def mobile_written(changes: Iterable[Change]) -> Change | None:
    """The change that writes a mobile number."""
    writes = (Action.ADD, Action.UPDATE)
    return next((change for change in changes if change.method is Method.MOBILE and change.action in writes), None)


def _few_users_a_number(plans: Sequence[UserPlan], policy: Policy, shared: Collection[Target]) -> list[UserPlan]:
    users = Counter(number for number in map(mobile_desired, plans) if number is not None)
    most = policy.users_per_number

    def is_shared(plan: UserPlan) -> bool:
        number = mobile_desired(plan)
        return plan.target in shared or (number is not None and 0 < most < users[number])

    return [
        _without_mobile(plan, policy) if mobile_written(plan.plan.changes) and is_shared(plan) else plan
        for plan in plans
    ]


def _without_mobile(user: UserPlan, policy: Policy) -> UserPlan:
    values = {**user.desired.values}
    values[Method.MOBILE] = replace(values[Method.MOBILE], unfit=NUMBER_SHARED)
    desired = replace(user.desired, values=values)
    return replace(user, desired=desired, plan=plan_user(desired, user.current, policy))


def _one_sign_in_a_number(plans: Sequence[UserPlan], policy: Policy, taken: Collection[Target]) -> list[UserPlan]:
    """Only one user can sign in by SMS with a number: of several in one request who should, none is switched on."""
    numbers = [_sms_number(plan) for plan in plans]
    # A number that cannot be read (masked) is compared with no other.
    users = Counter(number for number in numbers if number is not None)
    return [
        _switched_off(plan, policy)
        if (plan.target in taken or (number is not None and users[number] > 1))
        and any(change.action is Action.ENABLE for change in plan.plan.changes)
        else plan
        for plan, number in zip(plans, numbers, strict=True)
    ]


def _sms_number(user: UserPlan) -> PhoneNumber | None:
    """The number with which the user is to sign in by SMS, if that is asked for."""
    if not user.desired.sms_sign_in or user.plan.stop is not None:
        return None
    changes = {change.method: change for change in user.plan.changes}
    if changes[Method.SMS_SIGN_IN].stop is not None:
        return None
    mobile, phone = changes.get(Method.MOBILE), user.current.phone(Method.MOBILE)
    if mobile is not None and isinstance(mobile.after, PhoneNumber) and (mobile.is_write or mobile.masked_match):
        return mobile.after
    return phone.number.canonical() if phone else None


def _switched_off(user: UserPlan, policy: Policy) -> UserPlan:
    desired = replace(user.desired, sms_stop=SMS_NOT_UNIQUE)
    return replace(user, desired=desired, plan=plan_user(desired, user.current, policy))
