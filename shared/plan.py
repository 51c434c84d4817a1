"""The planner: what the directory wants and what is registered become one plan for a user. Pure.

    wanted         registered mobile                          plan
    -------------  -----------------------------------------  --------------------------------------------
    a number       none                                       add
    a number       the same number                            keep
    a number       another number                             update, in place
    a number       masked, visible digits differ              update
    a number       masked, visible digits agree               keep  (maskedMatch), or with ON_MASKED=rewrite: update
    no number      none                                       keep  (there is nothing to remove)
    no number      a number, no alternateMobile               remove
    no number      a number, and an alternateMobile           keep, skipped as alternateExists: Graph refuses it, and
                                                              nobody asked for the alternate to go
    not clear      anything                                   not looked at: sourceEmpty, invalidNumber

Only the mobile method is ever planned for; every other method of the user is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.models import Action, Change, Code, PhoneMethod, PhoneType, Plan, Stop, User
from shared.phone import InvalidNumber, Match, PhoneNumber, is_region, parse_number


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided, from the app settings."""

    remove_on_empty: bool = False
    rewrite_masked: bool = False
    default_region: str | None = None
    max_removals_percent: int = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user's mobile method should be: this number, or none at all."""

    mobile: PhoneNumber | None


def wanted_mobile(user: User, policy: Policy) -> Wanted | Stop:
    """What the directory says about a user, or why it says nothing that can be acted on."""
    source = (user.source or "").strip()
    if not source:
        return Wanted(None) if policy.remove_on_empty else Stop(Code.SOURCE_EMPTY, "The directory holds no number.")
    try:
        region = user.usage_location if is_region(user.usage_location) else policy.default_region
        return Wanted(parse_number(source, region))
    except InvalidNumber as reason:
        return Stop(Code.INVALID_NUMBER, f"The number in the directory cannot be used: {reason}.")


def plan_user(wanted: Wanted, registered: Sequence[PhoneMethod], policy: Policy) -> Plan:
    """The state table above; `registered` are all phone methods of the user, in any order."""
    numbers = {method.phone_type: method.number for method in registered}
    before = numbers.get(PhoneType.MOBILE)
    number = wanted.mobile

    def change(action: Action, masked_match: bool = False) -> Change:
        return Change(action, PhoneType.MOBILE, before, number, masked_match)

    if number is None:
        if before is None:
            return Plan(change(Action.KEEP))
        if PhoneType.ALTERNATE_MOBILE in numbers:
            keep = Change(Action.KEEP, PhoneType.MOBILE, before, None)
            return Plan(
                keep, Stop(Code.ALTERNATE_EXISTS, "An alternateMobile exists and stays, so mobile has to stay.")
            )
        return Plan(change(Action.REMOVE))
    if before is None:
        return Plan(change(Action.ADD))
    match = before.compare(number)
    if match is Match.EQUAL:
        return Plan(change(Action.KEEP))
    if match is Match.VISIBLE_EQUAL:
        return Plan(change(Action.UPDATE if policy.rewrite_masked else Action.KEEP, masked_match=True))
    return Plan(change(Action.UPDATE))
