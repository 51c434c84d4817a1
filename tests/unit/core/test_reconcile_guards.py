"""reconcile.py: every guard stands between the plan and the first write."""

from collections.abc import Sequence

import pytest

from shared.core.codes import Code
from shared.core.desired import DirectorySource, ExplicitSource, Requested, RequestedValue
from shared.core.guard.ceilings import Refusal, RefusalCode, Verdict
from shared.core.models import RunReport, Stop, Target
from shared.core.plan import Policy, UserPlan
from shared.core.reconcile import Judge, Refused, reconcile
from shared.deadline import Deadline
from tests.unit.core.reconciling import ByCeilings, codes
from tests.unit.people import MOBILE, InMemory, number, refused

NEW, OLD = "+46 701740605", "+46 701740666"
FORTY = [f"u{index}" for index in range(40)]


def run(
    directory: InMemory,
    policy: Policy | None = None,
    *,
    explicit: str | None = None,
    dry_run: bool = False,
    judge: Judge | None = None,
) -> RunReport:
    """Everybody in the directory; `explicit`: the number that a caller names for all."""
    targets = [Target(id=user_id) for user_id in directory.users]
    source = DirectorySource(remove_on_empty=True)
    named = ExplicitSource({target: Requested({MOBILE: RequestedValue(explicit)}) for target in targets})
    return reconcile(
        targets,
        named if explicit else source,
        directory,
        None,
        policy or Policy(),
        dry_run=dry_run,
        deadline=Deadline(10),
        judge=judge or ByCeilings(),
    )


def shifted(directory: InMemory, users: int = 40) -> InMemory:
    """A feed that is shifted by one row: each user's number is that of the next one."""
    for index in range(users):
        directory.add(f"u{index}", f"+46 7017406{index + 1:02d}", mobile=f"+46 7017406{index:02d}")
    return directory


def test_a_shifted_feed_overwrites_nobody(directory: InMemory) -> None:
    with pytest.raises(Refused) as stop:
        run(shifted(directory))
    assert stop.value.refusal.code is RefusalCode.TOO_MANY_OVERWRITES
    assert codes(stop.value.report) == [Code.PLANNED] * 40
    assert directory.written == []


@pytest.mark.parametrize("dry_run", [True, False])
def test_too_much_is_told_in_a_dry_run_too(directory: InMemory, dry_run: bool) -> None:
    with pytest.raises(Refused) as stop:
        run(shifted(directory), dry_run=dry_run)
    assert stop.value.report.dry_run is dry_run


def test_a_part_of_a_longer_list_is_judged_elsewhere(directory: InMemory) -> None:
    assert codes(run(shifted(directory), judge=Lenient())) == [Code.UPDATED] * 40


@pytest.mark.parametrize("explicit", [None, NEW])
def test_one_number_for_forty_users_is_written_for_none(directory: InMemory, explicit: str | None) -> None:
    for name in FORTY:
        directory.add(name, NEW)
    assert codes(run(directory, explicit=explicit)) == [Code.NUMBER_SHARED] * 40
    assert directory.written == []


def test_who_cannot_be_read_counts_as_one_of_those_who_share_a_number(directory: InMemory) -> None:
    for name in FORTY[:4]:
        directory.add(name, NEW)
    directory.unreadable["u3"] = Stop(Code.THROTTLED, "Later.")
    assert codes(run(directory)) == [Code.NUMBER_SHARED] * 3 + [Code.THROTTLED]
    assert directory.written == []


def test_read_only_writes_nothing_and_shows_the_plan(directory: InMemory) -> None:
    directory.add("anna", NEW, mobile=OLD)
    policy = Policy(read_only=True)
    with pytest.raises(Refused) as stop:
        run(directory, policy)
    assert stop.value.refusal.code is RefusalCode.READ_ONLY
    assert codes(stop.value.report) == [Code.PLANNED]
    assert codes(run(directory, policy, dry_run=True)) == [Code.PLANNED]
    assert directory.written == []
    directory.accounts["anna"].phones[MOBILE] = NEW
    assert codes(run(directory, policy)) == [Code.UNCHANGED]


def test_the_brake_comes_before_the_ceilings(directory: InMemory) -> None:
    with pytest.raises(Refused) as stop:
        run(shifted(directory), Policy(read_only=True))
    assert stop.value.refusal.code is RefusalCode.READ_ONLY
    with pytest.raises(Refused) as stop:
        run(directory, Policy(read_only=True), dry_run=True)
    assert stop.value.refusal.code is RefusalCode.TOO_MANY_OVERWRITES


def test_numbers_of_other_countries_are_not_written(directory: InMemory) -> None:
    directory.add("anna", "+44 7700900102")
    directory.add("bo", "+44 7700900102", mobile="+44 7700900102")
    directory.add("cy", NEW)
    policy = Policy(countries=frozenset({"SE"}))
    assert codes(run(directory, policy)) == [Code.INVALID_NUMBER, Code.UNCHANGED, Code.ADDED]
    assert codes(run(directory, policy, explicit="+44 7700900103")) == [Code.INVALID_NUMBER] * 3
    assert len(directory.written) == 1


def test_keep_leaves_what_differs_and_a_caller_who_names_a_number_replaces_it(directory: InMemory) -> None:
    directory.add("anna", NEW, mobile=OLD)
    directory.add("bo", NEW)
    policy = Policy(keep_different=True)
    assert codes(run(directory, policy)) == [Code.DIFFERS, Code.ADDED]
    assert directory.phones["anna"] == {MOBILE: OLD}
    assert codes(run(directory, policy, explicit=NEW)) == [Code.UPDATED, Code.UNCHANGED]


def test_keep_holds_when_a_number_came_in_between(directory: InMemory) -> None:
    """The type was free, Graph refuses to add it, and at the second look somebody else's number is there."""
    directory.add("anna", NEW)
    directory.script(
        "anna", lambda at, user_id, change: at.phones[user_id].update({MOBILE: OLD}) or refused(at, user_id, change)
    )
    assert codes(run(directory, Policy(keep_different=True))) == [Code.DIFFERS]
    assert directory.phones["anna"] == {MOBILE: OLD}


def test_only_members_of_the_allowed_group_are_written_and_read(directory: InMemory) -> None:
    directory.add("anna", NEW)
    directory.add("bo", NEW)
    directory.allowed = frozenset({"bo"})
    assert codes(run(directory)) == [Code.OUT_OF_SCOPE, Code.ADDED]
    assert directory.asked_methods == [["bo"]]


def test_users_to_be_left_alone_are_users_that_were_found(directory: InMemory) -> None:
    shifted(directory, 40)
    for index in range(100):
        directory.add(f"p{index}", NEW)
    directory.protected = frozenset(f"p{index}" for index in range(100))
    report = run(directory)
    assert codes(report)[:40] == [Code.UPDATED] * 40
    assert codes(report)[40:] == [Code.PROTECTED_USER] * 100


def test_nothing_is_written_for_those_not_judged_and_asking_again_may_help(directory: InMemory) -> None:
    directory.add("anna", NEW)
    directory.add("bo", NEW)
    directory.administrators = Stop(Code.THROTTLED, "Later.")
    directory.protected = frozenset({"bo"})
    assert codes(run(directory)) == [Code.THROTTLED, Code.PROTECTED_USER]
    assert directory.written == []


# Who has the last word


class Lenient(ByCeilings):
    """The ceilings are somebody else's to judge."""

    def refusal(self, _verdict: Verdict) -> None:
        return None


class Last(ByCeilings):
    """Notes what it is asked about, and refuses or not."""

    def __init__(self, directory: InMemory, refusal: Refusal | None = None) -> None:
        self.asked: list[tuple[list[str], Verdict]] = []
        self._directory, self._refusal = directory, refusal

    def admit(self, plans: Sequence[UserPlan], verdict: Verdict) -> Refusal | None:
        assert "write" not in self._directory.calls
        self.asked.append(([plan.user_id for plan in plans], verdict))
        return self._refusal


def test_the_last_word_is_asked_before_the_first_write_with_all_plans_and_the_verdict(directory: InMemory) -> None:
    directory.add("anna", NEW, mobile=OLD)
    directory.add("bo", None, mobile=NEW)
    last = Last(directory)
    assert codes(run(directory, judge=last)) == [Code.UPDATED, Code.REMOVED]
    ((users, verdict),) = last.asked
    assert (users, verdict.found, verdict.removals, verdict.overwrites) == (["anna", "bo"], 2, 1, 1)


def test_it_may_refuse_and_the_plan_is_shown(directory: InMemory) -> None:
    directory.add("anna", NEW)
    refusal = Refusal(RefusalCode.TOO_MANY_REMOVALS, "Not today.")
    with pytest.raises(Refused) as stop:
        run(directory, judge=Last(directory, refusal))
    assert (stop.value.refusal, codes(stop.value.report)) == (refusal, [Code.PLANNED])
    assert directory.written == []


def test_it_is_not_asked_where_nothing_would_be_written_or_another_guard_refused(directory: InMemory) -> None:
    last = Last(directory)
    directory.add("bo", NEW, mobile=NEW)
    run(directory, judge=last)
    directory.add("anna", NEW)
    run(directory, judge=last, dry_run=True)
    with pytest.raises(Refused):
        run(directory, Policy(read_only=True), judge=last)
    with pytest.raises(Refused):
        run(shifted(directory), judge=last)
    assert last.asked == []


# What an operator's own modes ask for is no accident


def test_sms_sign_in_off_for_five_hundred_new_hires_passes(directory: InMemory) -> None:
    for index in range(500):
        directory.add(f"u{index}", f"+46 70174{index:04d}")
    targets = [Target(id=user_id) for user_id in directory.users]
    source = DirectorySource(sms_sign_in=False)
    report = reconcile(
        targets, source, directory, None, Policy(), dry_run=False, deadline=Deadline(10), judge=ByCeilings()
    )
    assert set(codes(report)) == {Code.ADDED}


def test_a_hundred_masked_numbers_are_rewritten(directory: InMemory) -> None:
    for index in range(100):
        directory.add(f"u{index}", f"+46 70174{index:04d}", mobile=f"+46 70174{index:04d}")
    directory.masks = True
    assert set(codes(run(directory, Policy(rewrite_masked=True)))) == {Code.UPDATED}
    assert {change.after for _, change in directory.written} == {number(f"+46 70174{i:04d}") for i in range(100)}
