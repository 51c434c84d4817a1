"""apply.py: looks that are older than the writes before them, and what they prove of SMS sign-in."""

from hypothesis import given
from hypothesis import strategies as st

from shared.core.apply import PAUSES_S, apply_changes
from shared.core.codes import ChangeStatus, Code
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Action, Change, ChangeResult, Current, Method, Outcome, ReadScope, SmsState, UserResult
from shared.core.plan import Policy
from shared.deadline import Deadline
from tests.unit.core.applying import user_plan, written
from tests.unit.graph_rules import Account, SmsPolicy
from tests.unit.people import (
    MOBILE,
    SMS,
    Answering,
    InMemory,
    failed,
    lost_after,
    lost_before,
    number,
    obeyed,
)
from tests.unit.strategies import MORE

NEW, OLD = "+46 701740605", "+46 701740666"
# Like NEW when masked.
LIKE_NEW = "+46 739999905"
READY = SmsState.READY
LOOKS = len(PAUSES_S)


class Lagging(InMemory):
    """A write is not seen by so many reads of the user that follow it."""

    def __init__(self, lag: int) -> None:
        super().__init__()
        self.lag = lag
        self.earlier: list[Current] = []

    def _methods(self, user_id: str, scope: ReadScope) -> Current:
        seen = self.accounts[user_id].seen(scope, masked=self.masks)
        return self.earlier.pop() if self.earlier else seen

    def _write(self, user_id: str, change: Change) -> Outcome:
        before = self.accounts[user_id].seen(ReadScope.PHONES, masked=self.masks)
        outcome = super()._write(user_id, change)
        self.earlier = self.earlier or [before] * self.lag
        return outcome


def told(
    directory: Lagging, account: Account, *, on: bool, rewrite: bool = False, answers: tuple[Answering, ...] = ()
) -> UserResult:
    """What is said of a user who is to have the number NEW."""
    directory.add_account("u1", account)
    policy = Policy(rewrite_masked=rewrite)
    item = user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=on), policy=policy)
    directory.script("u1", *answers)
    (result,) = apply_changes([item], directory, policy, Deadline(60))
    return result


def switch_of(changes: tuple[ChangeResult, ...]) -> ChangeResult:
    (found,) = (done for done in changes if done.change.method is SMS)
    return found


@MORE
@given(
    lag=st.integers(0, 2 * LOOKS),
    phones=st.sampled_from([{}, {MOBILE: OLD}]),
    state=st.sampled_from([READY, SmsState.NOT_ENABLED]),
    policy=st.sampled_from([SmsPolicy.REGISTERS, SmsPolicy.ALLOWS]),
    on=st.booleans(),
    masked=st.booleans(),
)
def test_however_far_reads_lag_sms_sign_in_becomes_as_desired_and_where_it_shows_in_time_it_is_said(
    lag: int, phones: dict[Method, str], state: SmsState, policy: SmsPolicy, on: bool, masked: bool
) -> None:
    directory = Lagging(lag)
    directory.masks = masked
    account = Account(dict(phones), policy=policy, state=state if phones else None)
    result = told(directory, account, on=on)
    done = switch_of(result.changes)
    assert (account.state is READY) is on
    if lag <= LOOKS:
        assert done.status in (ChangeStatus.APPLIED, ChangeStatus.UNCHANGED)


@MORE
@given(lag=st.integers(0, 2 * LOOKS), state=st.sampled_from([READY, SmsState.NOT_ENABLED]))
def test_masked_digits_that_agreed_before_do_not_stop_the_switch(lag: int, state: SmsState) -> None:
    directory = Lagging(lag)
    directory.masks = True
    account = Account({MOBILE: LIKE_NEW}, policy=SmsPolicy.REGISTERS, state=state)
    told(directory, account, on=False, rewrite=True)
    assert account.phones == {MOBILE: NEW}
    assert account.state is not READY


@MORE
@given(
    lag=st.integers(0, 2 * LOOKS),
    phones=st.sampled_from([{}, {MOBILE: OLD}]),
    on=st.booleans(),
    answers=st.lists(st.sampled_from([obeyed, lost_after, lost_before, failed]), max_size=6).map(tuple),
)
def test_answers_that_are_lost_besides_are_not_taken_for_done(
    lag: int, phones: dict[Method, str], on: bool, answers: tuple[Answering, ...]
) -> None:
    directory = Lagging(lag)
    account = Account(dict(phones), policy=SmsPolicy.REGISTERS)
    done = switch_of(told(directory, account, on=on, answers=answers).changes)
    if done.status in (ChangeStatus.APPLIED, ChangeStatus.UNCHANGED):
        assert (account.state is READY) is on


def test_a_look_that_is_too_early_is_repeated_after_pauses_and_not_for_ever() -> None:
    directory = Lagging(99)
    result = told(directory, Account(policy=SmsPolicy.REGISTERS), on=False)
    done = switch_of(result.changes)
    assert (done.status, done.code) == (ChangeStatus.UNKNOWN, Code.SMS_SIGN_IN_NOT_CHANGED)
    assert "does not show the new number yet" in done.message
    assert written(directory) == [(MOBILE, Action.ADD), (SMS, Action.DISABLE)]
    assert directory.paused_s == 2 * sum(PAUSES_S)


def test_a_refused_switch_of_a_number_that_does_not_show_yet_is_looked_into() -> None:
    """The policy forbids SMS sign-in, and only a look at the new number tells that nothing is to be switched off."""
    directory = Lagging(LOOKS + 1)
    result = told(directory, Account(policy=SmsPolicy.FORBIDS), on=False)
    assert (result.code, switch_of(result.changes).status) == (Code.ADDED, ChangeStatus.UNCHANGED)


def test_without_time_there_is_no_pause() -> None:
    directory = Lagging(99)
    directory.add("u1")
    item = user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=False))
    apply_changes([item], directory, Policy(), Deadline(0.1))
    assert directory.paused_s == 0


def test_looks_leave_half_of_the_time_for_what_comes_after_them() -> None:
    """The longest pause would fit into the time, and not into half of it."""
    directory = Lagging(99)
    directory.add("u1")
    item = user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=False))
    *shorter, longest = PAUSES_S
    apply_changes([item], directory, Policy(), Deadline(1.9 * longest))
    assert directory.paused_s == 2 * sum(shorter)


def test_users_whose_look_was_in_time_are_not_looked_at_again() -> None:
    directory = InMemory()
    items = []
    for user_id in ("u1", "u2"):
        directory.add_account(user_id, Account(policy=SmsPolicy.REGISTERS))
        items.append(user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=False), user_id))
    directory.look("u2", Current())
    results = apply_changes(items, directory, Policy(), Deadline(60))
    assert [result.code for result in results] == [Code.CHANGED] * 2
    assert directory.asked_methods == [["u1", "u2"], ["u2"], ["u1", "u2"]]


def test_a_switch_whose_answer_was_lost_is_not_proved_by_the_list_from_before_the_number() -> None:
    directory = InMemory()
    account = Account(policy=SmsPolicy.REGISTERS)
    directory.add_account("u1", account)
    item = user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=False))
    directory.script("u1", obeyed, lost_before)
    directory.look("u1", account.seen(), *[Current()] * (LOOKS + 1))
    (result,) = apply_changes([item], directory, Policy(), Deadline(60))
    assert account.state is not READY
    assert result.code is Code.CHANGED
