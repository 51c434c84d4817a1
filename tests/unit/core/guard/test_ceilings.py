"""guard/ceilings.py: how much a request may remove and overwrite, and what counts for that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.codes import Code
from shared.core.guard.ceilings import RefusalCode, Verdict, Weight, read_only, verdict_of, verdict_on, weigh
from shared.core.models import Action, Change, Method, Plan, SmsState, Stop, Target
from shared.core.phone import StoredNumber
from shared.core.plan import Policy, UserPlan
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, SMS, address, number

HELD, OTHER = StoredNumber("+46 701740605"), number("+46 701740606")
MASKED = StoredNumber("+46 *******06")
REMOVAL, OVERWRITE = Change(Action.REMOVE, MOBILE, HELD, None), Change(Action.UPDATE, MOBILE, HELD, OTHER)
OFF = Change(Action.DISABLE, SMS, SmsState.READY, SmsState.NOT_ENABLED)
REMOVALS = [
    *(Change(Action.REMOVE, kind, HELD, None) for kind in (ALTERNATE, MOBILE, OFFICE)),
    Change(Action.REMOVE, EMAIL, address("anna@example.com"), None),
    Change(Action.REMOVE, Method.FIDO2, id="key-1"),
]
OVERWRITES = [
    *(Change(Action.UPDATE, kind, HELD, OTHER) for kind in (ALTERNATE, MOBILE, OFFICE)),
    Change(Action.UPDATE, EMAIL, address("anna@example.com"), address("bo@example.com")),
]
NEITHER = [
    Change(Action.ADD, MOBILE, None, OTHER),
    Change(Action.ADD, EMAIL, None, address("anna@example.com")),
    Change(Action.UPDATE, MOBILE, MASKED, OTHER, masked_match=True),
    Change(Action.KEEP, MOBILE, HELD, None, stop=Stop(Code.ALTERNATE_EXISTS, "An alternate exists.")),
    Change(Action.KEEP, MOBILE, HELD, OTHER, stop=Stop(Code.DIFFERS, "It differs.")),
    Change(Action.KEEP, Method.FIDO2, id="key-2"),
    Change(Action.ENABLE, SMS, None, SmsState.READY),
    Change(Action.DISABLE, SMS, SmsState.NOT_ENABLED, SmsState.NOT_ENABLED),
    Change(Action.DISABLE, SMS, None, SmsState.NOT_ENABLED),
]
EVERYTHING = Policy(max_removals=0, max_removals_percent=0, max_overwrites=0, max_overwrites_percent=0)


def plans(*changes: Change, users: int = 1) -> list[UserPlan]:
    """Each user has all these changes."""
    return [UserPlan(Target(id=f"u{index}"), Plan(changes), (), f"u{index}") for index in range(users)]


def unfound(users: int) -> list[UserPlan]:
    gone = Plan(stop=Stop(Code.USER_NOT_FOUND, "There is no such user."))
    return [UserPlan(Target(id=f"n{index}"), gone) for index in range(users)]


def unchanged(users: int) -> list[UserPlan]:
    return [UserPlan(Target(id=f"k{index}"), Plan(), (), f"k{index}") for index in range(users)]


@pytest.mark.parametrize(("change", "counts"), [(REMOVAL, 10), (OVERWRITE, 20)], ids=["removals", "overwrites"])
@pytest.mark.parametrize("percent", [0, 10, 30])
def test_a_small_request_may_do_so_much_whatever_its_size(change: Change, counts: int, percent: int) -> None:
    policy = Policy(max_removals_percent=percent, max_overwrites_percent=percent)
    assert verdict_of(plans(change, users=counts), policy).refusal is None
    assert verdict_of(plans(change, users=counts + 1), policy).refusal is not None


@pytest.mark.parametrize(
    ("planned", "users", "percent", "is_safe"),
    [
        *((11, 109, 10, False), (11, 110, 10, True), (12, 119, 10, False), (12, 120, 10, True), (11, 500, 0, False)),
        *((500, 500, 100, True), (50, 500, 10, True), (51, 500, 10, False), (150, 500, 30, True)),
        (151, 500, 30, False),
    ],
)
def test_a_long_one_may_do_its_share(planned: int, users: int, percent: int, is_safe: bool) -> None:
    removing = Policy(max_removals_percent=percent)
    assert (verdict_on([Weight(removals=planned)], users, removing).refusal is None) is is_safe
    overwriting = Policy(max_overwrites=10, max_overwrites_percent=percent)
    assert (verdict_on([Weight(overwrites=planned)], users, overwriting).refusal is None) is is_safe


def test_with_both_at_nought_nothing_is_allowed_and_adding_still_is() -> None:
    refusal = verdict_of(plans(REMOVAL), EVERYTHING).refusal
    assert refusal is not None
    assert refusal.code is RefusalCode.TOO_MANY_REMOVALS
    refusal = verdict_of(plans(OVERWRITE), EVERYTHING).refusal
    assert refusal is not None
    assert refusal.code is RefusalCode.TOO_MANY_OVERWRITES
    assert verdict_of(plans(*NEITHER, users=500), EVERYTHING).refusal is None


def test_names_that_nobody_has_make_no_room_and_users_to_be_left_alone_do() -> None:
    assert verdict_of(plans(REMOVAL, users=20) + unfound(180), Policy()).refusal is not None
    assert verdict_of(plans(REMOVAL, users=20) + unchanged(180), Policy()).refusal is None
    assert verdict_of(plans(OVERWRITE, users=30) + unfound(170), Policy()).refusal is not None
    assert verdict_of(plans(OVERWRITE, users=30) + unchanged(170), Policy()).refusal is None


def test_a_user_under_two_names_is_one() -> None:
    twice = Plan(stop=Stop(Code.DUPLICATE_USER, "The same."))
    again = [UserPlan(Target(upn=f"u{index}"), twice, (), f"u{index}") for index in range(11)]
    assert verdict_of(plans(REMOVAL, users=11) + again, Policy()).found == 11


@pytest.mark.parametrize("change", REMOVALS)
def test_removals_of_every_kind_count(change: Change) -> None:
    assert weigh([change, *NEITHER]) == Weight(removals=1)


@pytest.mark.parametrize("change", OVERWRITES)
def test_overwrites_of_every_kind_count(change: Change) -> None:
    assert weigh([change]) == Weight(overwrites=1)


def test_each_change_of_one_user_counts() -> None:
    assert weigh([*OVERWRITES, *REMOVALS]) == Weight(len(REMOVALS), len(OVERWRITES))


@pytest.mark.parametrize("change", NEITHER)
def test_what_adds_or_leaves_counts_for_nothing(change: Change) -> None:
    assert weigh([change]) == Weight()


def test_promoting_an_alternate_is_one_of_each() -> None:
    assert weigh([OVERWRITE, Change(Action.REMOVE, ALTERNATE, HELD, None)]) == Weight(1, 1)


def test_sms_sign_in_that_is_taken_from_a_number_that_stays_is_a_removal() -> None:
    kept = Change(Action.KEEP, MOBILE, HELD, OTHER)
    rewritten = Change(Action.UPDATE, MOBILE, MASKED, OTHER, masked_match=True)
    for changes in ([OFF], [kept, OFF], [rewritten, OFF], [Change(Action.ADD, OFFICE, None, OTHER), OFF]):
        assert weigh(changes).removals == 1
    for changes in ([OVERWRITE, OFF], [Change(Action.ADD, MOBILE, None, OTHER), OFF], [OFF, REMOVAL]):
        assert weigh(changes).removals == (REMOVAL in changes)


def test_the_sentence_says_how_many_are_allowed_and_what_to_do() -> None:
    refusal = verdict_of(plans(OVERWRITE, users=21), Policy()).refusal
    assert refusal is not None
    assert refusal.code.status == 422
    assert "(registered numbers or addresses): 21. Allowed: 20. Users found: 21." in refusal.detail
    assert refusal.detail.endswith(
        'Nothing was written. Review the plan. If it is correct, a caller with the right "approve" can approve it '
        "(docs/guards.md, Approve a plan)."
    )


def test_removals_are_told_first() -> None:
    refusal = verdict_of(plans(OVERWRITE, Change(Action.REMOVE, ALTERNATE, HELD, None), users=21), Policy()).refusal
    assert refusal is not None
    assert refusal.code is RefusalCode.TOO_MANY_REMOVALS


def test_read_only_is_an_unavailability() -> None:
    refusal = read_only(Policy(read_only=True))
    assert refusal is not None
    assert (refusal.code, refusal.code.status) == (RefusalCode.READ_ONLY, 503)
    assert read_only(Policy()) is None


any_changes = st.lists(st.sampled_from([*REMOVALS, *OVERWRITES, *NEITHER, OFF]), max_size=6)
any_plans = st.lists(any_changes, max_size=30).map(
    lambda users: [UserPlan(Target(id=str(i)), Plan(tuple(each)), (), str(i)) for i, each in enumerate(users)]
)
few, percents = st.integers(0, 12), st.integers(0, 100)
policies = st.builds(
    Policy, max_removals=few, max_removals_percent=percents, max_overwrites=few, max_overwrites_percent=percents
)


def is_safe(verdict: Verdict) -> bool:
    return verdict.refusal is None


@given(any_plans, policies)
def test_what_is_safe_stays_safe_with_less_in_it_or_more_users_or_higher_ceilings(
    users: list[UserPlan], policy: Policy
) -> None:
    if not is_safe(verdict_of(users, policy)):
        return
    emptied = [UserPlan(user.target, Plan(user.plan.changes[1:]), (), user.user_id) for user in users]
    lone_off = any(change.action is Action.DISABLE for user in emptied for change in user.plan.changes)
    # What is taken away may be the write that made a sign-in somebody else's matter.
    assert lone_off or is_safe(verdict_of(emptied, policy))
    assert is_safe(verdict_of(users + unchanged(7), policy))
    higher = Policy(
        max_removals=policy.max_removals + 1,
        max_removals_percent=policy.max_removals_percent,
        max_overwrites=policy.max_overwrites,
        max_overwrites_percent=min(100, policy.max_overwrites_percent + 1),
    )
    assert is_safe(verdict_of(users, higher))


@given(any_plans, policies)
def test_no_request_is_safe_that_does_more_than_its_ceilings(users: list[UserPlan], policy: Policy) -> None:
    verdict = verdict_of(users, policy)
    removed = sum(change in REMOVALS for user in users for change in user.plan.changes)
    written = sum(change in OVERWRITES for user in users for change in user.plan.changes)
    assert (verdict.removals >= removed, verdict.overwrites) == (True, written)
    if is_safe(verdict):
        assert removed <= max(policy.max_removals, len(users) * policy.max_removals_percent / 100)
        assert written <= max(policy.max_overwrites, len(users) * policy.max_overwrites_percent / 100)
