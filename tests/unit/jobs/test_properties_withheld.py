"""bodies.py, weighed.py, withheld.py: what jobs read from stored results is what guard and planner said of the plan."""

import re
from dataclasses import replace

from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.core.apply import SMS_NOT_UNIQUE
from shared.core.desired import Desired, DesiredValue
from shared.core.guard.ceilings import weigh
from shared.core.guard.numbers import mobile_written, without_shared_numbers
from shared.core.models import Action, Change, Current, SourceName, Target
from shared.core.phone import StoredNumber
from shared.core.plan import Policy, UserPlan, plan_user
from shared.core.report import Json, user_body
from shared.core.results import announced
from shared.jobs.weighed import weighed, weighed_body
from shared.jobs.withheld import left, without_number, without_sign_in
from tests.unit.core.desired_states import STOP, accounts, desired_states, policies, simple_values
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, method, number
from tests.unit.strategies import MORE

ANNA = Target(upn="anna@contoso.com")


def _hidden(text: str) -> str:
    """As the sandbox masks: an X for each digit but the last two."""
    return re.sub(r"\d(?=.*\d\d)", "X", text)


MASKS = [lambda text: text, _hidden, lambda text: StoredNumber(text).masked]


def planned(desired: Desired, current: Current, policy: Policy) -> UserPlan:
    return UserPlan(ANNA, plan_user(desired, current, policy), (), "anna", desired, current)


@st.composite
def users(draw: st.DrawFn) -> tuple[UserPlan, Policy]:
    """Whatever may be planned for a user, of whose numbers Graph shows all or the end."""
    account, policy, mask = draw(accounts()), draw(policies), draw(st.sampled_from(MASKS))
    desired = draw(desired_states(account))
    if draw(st.booleans()):
        desired = replace(desired, values={**desired.values, MOBILE: draw(simple_values(MOBILE))})
    if ALTERNATE in desired.values and draw(st.booleans()):
        unfit = replace(desired.values[ALTERNATE], unfit=STOP)
        desired = replace(desired, values={**desired.values, ALTERNATE: unfit})
    seen = account.seen(desired.scope)
    # Without a mobile an alternate may be registered only by a way that is not documented.
    kept = [phone for phone in seen.phones if phone.method is not MOBILE or not draw(st.sampled_from([0, 0, 1]))]
    phones = tuple(replace(phone, number=StoredNumber(mask(phone.number.in_clear))) for phone in kept)
    return planned(desired, replace(seen, phones=phones), policy), policy


def keyed(*_: str) -> bytes:
    return b""


ONE, TWO = number("+46 701740605"), number("+46 701740666")
REWRITE = Policy(rewrite_masked=True)
# The removal of the alternate stands behind the office number, and in front of it where it is not made.
PROMOTED = planned(
    Desired({MOBILE: DesiredValue(TWO), ALTERNATE: DesiredValue(None), OFFICE: DesiredValue(ONE)}),
    Current((method("+46 701740677"), method("+46 701740666", ALTERNATE))),
    REWRITE,
)
REWRITTEN = planned(
    Desired({MOBILE: DesiredValue(TWO), OFFICE: DesiredValue(ONE)}),
    Current((method("+XX XXXXXXX05", OFFICE),)),
    REWRITE,
)


def body(user: UserPlan) -> Json:
    return user_body(announced(user), SourceName.DIRECTORY)


def looks_the_same(change: Change) -> bool:
    """Whether masked texts do not tell that a number is replaced by another one."""
    is_update = change.action is Action.UPDATE and change.before is not None and change.after is not None
    return is_update and change.before.masked[-2:] == change.after.masked[-2:]  # type: ignore[union-attr]


@MORE
@given(users())
def test_a_result_weighs_what_its_plan_weighs(drawn: tuple[UserPlan, Policy]) -> None:
    """Where masked texts do not tell, it weighs more."""
    user, _ = drawn
    changes, found = user.plan.changes, weighed_body(body(user))
    assert found is not None
    weight = weigh(changes)
    unclear = [change for change in changes if looks_the_same(change)]
    assert found.overwrites - weight.overwrites == sum(change.masked_match for change in unclear)
    assert found.removals >= weight.removals
    assert found.removals == weight.removals or any(change.method is MOBILE for change in unclear)


@MORE
@given(users(), st.booleans())
@example((PROMOTED, REWRITE), False)
def test_a_result_without_its_number_is_what_the_planner_plans_without_it(
    drawn: tuple[UserPlan, Policy], is_one_of_several: bool
) -> None:
    """Also where another user of the chunk was to sign in with that number, too."""
    user, policy = drawn
    assume(mobile_written(user.plan.changes))
    (expected,) = without_shared_numbers([user], policy, [ANNA], [])
    if user.desired.sms_sign_in and is_one_of_several:
        user = planned(replace(user.desired, sms_stop=SMS_NOT_UNIQUE), user.current, policy)
    assert without_number(body(user)) == body(expected)


@MORE
@given(users())
def test_a_result_without_its_sign_in_is_what_the_planner_plans_without_it(drawn: tuple[UserPlan, Policy]) -> None:
    user, policy = drawn
    (expected,) = without_shared_numbers([user], policy, [], [ANNA])
    assert without_sign_in(body(user)) == body(expected)


@MORE
@given(users())
@example((REWRITTEN, REWRITE))
def test_it_weighs_what_that_weighs(drawn: tuple[UserPlan, Policy]) -> None:
    """Where masked numbers are rewritten, it may be one overwrite more, and never more than there were."""
    user, policy = drawn
    assume(mobile_written(user.plan.changes))
    (expected,) = without_shared_numbers([user], policy, [ANNA], [])
    whole = weighed(user, keyed, tags_number=False)
    assert whole is not None
    found, weight = left(whole, without_number(body(user))), weigh(expected.plan.changes)
    is_masked = any(change.masked_match for change in user.plan.changes)
    assert found.removals == weight.removals
    assert weight.overwrites <= found.overwrites <= min(weight.overwrites + is_masked, whole.overwrites)


@MORE
@given(users())
def test_a_result_that_writes_no_number_stays(drawn: tuple[UserPlan, Policy]) -> None:
    user, _ = drawn
    assume(not mobile_written(user.plan.changes))
    assert without_number(body(user)) == body(user)
