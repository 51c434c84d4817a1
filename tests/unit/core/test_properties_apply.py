"""What must hold however Graph answers: answers lost or refused anywhere, looks that fail, users side by side."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from shared.core.address import EmailAddress
from shared.core.apply import ROUNDS, apply_changes
from shared.core.codes import ChangeStatus, Code
from shared.core.desired import Condition, Desired
from shared.core.models import (
    Action,
    Change,
    ChangeResult,
    Current,
    Method,
    Outcome,
    OutcomeKind,
    ReadScope,
    SmsState,
    Stop,
    Target,
    UserResult,
)
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy, UserPlan, plan_user
from shared.deadline import Deadline
from tests.unit.core.desired_states import accounts, desired_states, policies
from tests.unit.core.test_properties_planner import named
from tests.unit.graph_rules import Account, Key
from tests.unit.people import (
    ALTERNATE,
    MOBILE,
    SMS,
    InMemory,
    called_default,
    failed,
    lost_after,
    lost_before,
    obeyed,
    refused,
)
from tests.unit.strategies import FEW, MORE

UNREADABLE = Stop(Code.GRAPH_UNAVAILABLE, "It cannot be read.")
ANSWERS = [obeyed, obeyed, obeyed, lost_after, lost_before, failed, refused, called_default]

# The same answer to everything, too: only then it shows that nothing goes on for ever.
answers = st.lists(st.sampled_from(ANSWERS), max_size=10) | st.sampled_from(ANSWERS).map(lambda answer: [answer] * 99)
failing_looks = st.lists(st.booleans(), max_size=6)


@dataclass
class Story:
    """One user: how Graph will answer, and all that happened to it."""

    user_id: str
    account: Account
    desired: Desired
    answers: Sequence[Callable[[InMemory, str, Change], Outcome]]
    failing_looks: Sequence[bool]
    # In order: a change and its outcome, or a look and whether it succeeded.
    events: list[tuple[Change, Outcome] | bool] = field(default_factory=list)
    # Number of the mobile whenever SMS sign-in was switched on.
    switched_on: list[str | None] = field(default_factory=list)
    phones: list[set[str]] = field(default_factory=list)


class Telling(InMemory):
    """Keeps each user's story."""

    def __init__(self, stories: Sequence[Story], masked: bool) -> None:
        super().__init__()
        self.masks = masked
        self.stories = {story.user_id: story for story in stories}
        self.failing_looks = {story.user_id: [*story.failing_looks] for story in stories}
        for story in stories:
            self.add_account(story.user_id, story.account)
            self.script(story.user_id, *story.answers)

    def _methods(self, user_id: str, scope: ReadScope) -> Current | Stop:
        fails = self.failing_looks[user_id]
        is_failing = bool(fails) and fails.pop(0)
        self.stories[user_id].events.append(not is_failing)
        return UNREADABLE if is_failing else super()._methods(user_id, scope)

    def _write(self, user_id: str, change: Change) -> Outcome:
        story = self.stories[user_id]
        if change.action is Action.ENABLE:
            story.switched_on.append(story.account.phones.get(MOBILE))
        outcome = super()._write(user_id, change)
        story.events.append((change, outcome))
        story.phones.append(set(story.account.phones.values()))
        return outcome


@st.composite
def stories(draw: st.DrawFn, user_id: str = "u1", *, has_default: bool = True) -> Story:
    account = draw(accounts(has_default=has_default))
    return Story(user_id, account, draw(desired_states(account)), draw(answers), draw(failing_looks))


def tell(policy: Policy, masked: bool, *told: Story) -> list[UserResult]:
    """Plans for all and applies, as Graph answers in the stories."""
    directory = Telling(told, masked)
    items = []
    for story in told:
        plan = plan_user(story.desired, story.account.seen(story.desired.scope, masked=masked), policy)
        items.append(UserPlan(Target(id=story.user_id), plan, (), story.user_id, story.desired))
    return apply_changes(items, directory, policy, Deadline(10))


def value_after(change: Change) -> object:
    """As `Account.values` has it."""
    if isinstance(change.after, PhoneNumber):
        return change.after.graph_format
    return change.after.text if isinstance(change.after, EmailAddress) else None


everything = given(stories(), policies, st.booleans())


@MORE
@everything
def test_every_planned_change_is_reported_once_and_in_order(story: Story, policy: Policy, masked: bool) -> None:
    current = story.account.seen(story.desired.scope, masked=masked)
    planned = [change.key for change in plan_user(story.desired, current, policy).changes]
    (result,) = tell(policy, masked, story)
    assert [done.change.key for done in result.changes] == planned
    assert ChangeStatus.PLANNED not in {done.status for done in result.changes}
    is_partly_failed = {ChangeStatus.APPLIED} < {done.status for done in result.changes} and any(
        done.status in (ChangeStatus.FAILED, ChangeStatus.UNKNOWN) for done in result.changes
    )
    assert (result.code is Code.PARTIAL) is is_partly_failed


@MORE
@everything
def test_the_report_tells_the_truth_about_what_is_registered(story: Story, policy: Policy, masked: bool) -> None:
    before = story.account.values()
    (result,) = tell(policy, masked, story)
    after = story.account.values()
    for done in result.changes:
        if done.change.method is SMS:
            assert tells_truth_of_sms(done, story, after, masked)
        else:
            assert tells_truth(done, before, after)


def tells_truth(done: ChangeResult, before: dict[Key, object], after: dict[Key, object]) -> bool:
    key = done.change.key
    match done.status:
        case ChangeStatus.APPLIED:
            return after.get(key) == value_after(done.change)
        case ChangeStatus.UNCHANGED:
            return after.get(key) == before.get(key)
        case ChangeStatus.UNKNOWN:
            return after.get(key) in (before.get(key), value_after(done.change))
        case _:
            return after.get(key) == before.get(key)


def tells_truth_of_sms(done: ChangeResult, story: Story, after: dict[Key, object], masked: bool) -> bool:
    is_on = after.get((SMS, None)) is SmsState.READY
    match done.status:
        case ChangeStatus.APPLIED | ChangeStatus.UNCHANGED:
            return is_on is story.desired.sms_sign_in
        case ChangeStatus.FAILED if done.change.is_write:
            # Graph may have done it itself: by registering the new number, whose look before the switch failed or did
            # not tell it from the old one, or by removing the number afterwards.
            is_new = any(event[0].method is MOBILE for event in story.events if not isinstance(event, bool))
            is_gone = (MOBILE, None) not in after
            cannot_tell = False in story.events or (masked and is_new) or is_gone
            return is_on is not story.desired.sms_sign_in or cannot_tell
        case _:
            return True


@MORE
@everything
def test_nothing_is_sent_twice_blindly(story: Story, policy: Policy, masked: bool) -> None:
    tell(policy, masked, story)
    for index, event in enumerate(story.events):
        if isinstance(event, bool):
            continue
        change, _ = event
        earlier = [
            (position, past[0], past[1])
            for position, past in enumerate(story.events[:index])
            if not isinstance(past, bool) and past[0].key == change.key
        ]
        if not earlier:
            continue
        position, sent, outcome = earlier[-1]
        looks = [seen for seen in story.events[position:index] if isinstance(seen, bool)]
        # Only a removal of the default method, which Graph certainly refused, comes again without a look.
        is_postponed = outcome.stop is not None and outcome.stop.code is Code.DEFAULT_METHOD
        assert True in looks or (is_postponed and sent.action is change.action is Action.REMOVE)
        # What was made, or cannot be looked into, is never sent again.
        assert outcome.kind in (OutcomeKind.LOST, OutcomeKind.REFUSED)
        assert len(earlier) < 2 * ROUNDS


@MORE
@everything
def test_a_switch_is_called_done_only_after_a_look(story: Story, policy: Policy, masked: bool) -> None:
    (result,) = tell(policy, masked, story)
    for done in result.changes:
        if done.change.method is SMS and done.status is ChangeStatus.APPLIED:
            last = max(
                i for i, event in enumerate(story.events) if not isinstance(event, bool) and event[0].method is SMS
            )
            assert story.events[last + 1] is True


@MORE
@everything
def test_methods_that_are_not_named_are_untouched(story: Story, policy: Policy, masked: bool) -> None:
    before, names = story.account.values(), named(story.desired, story.account)
    tell(policy, masked, story)
    after = story.account.values()
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} <= names


@MORE
@everything
def test_sms_sign_in_is_never_switched_on_for_another_number_than_the_one_that_is_desired(
    story: Story, policy: Policy, masked: bool
) -> None:
    tell(policy, masked, story)
    value = story.desired.values.get(MOBILE)
    if value is not None and not masked and value.condition in (Condition.ALWAYS, Condition.MUST_EXIST):
        number = value.value.graph_format if isinstance(value.value, PhoneNumber) else None
        assert set(story.switched_on) <= {number}


@MORE
@everything
def test_a_number_that_is_promoted_is_registered_at_every_moment(story: Story, policy: Policy, masked: bool) -> None:
    """Named twice: as the new mobile, and as the alternate that is to go."""
    mobile, alternate = story.desired.values.get(MOBILE), story.desired.values.get(ALTERNATE)
    promoted = story.account.phones.get(ALTERNATE)
    tell(policy, masked, story)
    if mobile is None or alternate is None or masked or not isinstance(mobile.value, PhoneNumber):
        return
    is_forced = mobile.condition in (Condition.ALWAYS, Condition.MUST_EXIST)
    if mobile.value.graph_format == promoted and alternate.value is None and is_forced:
        assert all(promoted in phones for phones in story.phones)


@MORE
@everything
def test_nobody_is_left_with_an_alternate_alone(story: Story, policy: Policy, masked: bool) -> None:
    tell(policy, masked, story)
    assert ALTERNATE not in story.account.phones or MOBILE in story.account.phones


@MORE
@given(stories(has_default=False), policies, st.booleans())
def test_wherever_a_run_breaks_off_the_next_one_completes_it(story: Story, policy: Policy, masked: bool) -> None:
    """To the same state as a run in which nothing went wrong."""
    smooth = Story("u1", deepcopy(story.account), story.desired, (), ())
    tell(policy, masked, smooth)
    tell(policy, masked, story)
    story.answers, story.failing_looks = (), ()
    tell(policy, masked, story)
    assert settled(story.account) == settled(smooth.account)
    story.events.clear()
    (result,) = tell(policy, masked, story)
    sent: set[Method] = {event[0].method for event in story.events if not isinstance(event, bool)}
    rewritten = {done.change.method for done in result.changes if done.change.masked_match and policy.rewrite_masked}
    assert sent <= {SMS} | rewritten


def settled(account: Account) -> dict[Key, object]:
    """Of SMS sign-in only whether it is on: why it is off may differ with the way."""
    return {key: value is SmsState.READY if key[0] is SMS else value for key, value in account.values().items()}


@FEW
@given(st.tuples(stories("u1"), stories("u2"), stories("u3")), policies, st.booleans())
def test_users_do_not_meddle_with_each_other(told: tuple[Story, ...], policy: Policy, masked: bool) -> None:
    alone = deepcopy(told)
    together = tell(policy, masked, *told)
    assert together == [result for story in alone for result in tell(policy, masked, story)]
    assert [story.account for story in told] == [story.account for story in alone]
    assert [story.events for story in told] == [story.events for story in alone]
