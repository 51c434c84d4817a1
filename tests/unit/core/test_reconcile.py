"""reconcile.py: read, plan, guard, apply, report, over a directory in memory that keeps Graph's rules."""

import pytest

from shared.core.codes import Code, UserStatus
from shared.core.desired import DirectorySource
from shared.core.guard.ceilings import RefusalCode
from shared.core.guard.people import Guarded
from shared.core.models import ServiceAccount, SourceName, Stop, Target
from shared.core.reconcile import Refused
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from tests.unit.core.reconciling import codes, run
from tests.unit.graph_rules import Account
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, InMemory, failed

NEW, OLD = "+46 701740605", "+46 701740666"
REMOVE = DirectorySource(remove_on_empty=True)


def a_bit_of_everything(directory: InMemory) -> list[str]:
    directory.add("add", NEW)
    directory.add("update", NEW, mobile=OLD)
    directory.add("keep", NEW, mobile="+46701740605")
    directory.add("empty", None, mobile=OLD)
    directory.add("invalid", "n/a", mobile=OLD)
    return ["add", "update", "keep", "empty", "invalid", "nobody"]


def test_one_result_for_each_user_in_the_callers_order(directory: InMemory) -> None:
    names = a_bit_of_everything(directory)
    report = run(directory, *names)
    assert codes(report) == [
        Code.ADDED,
        Code.UPDATED,
        Code.UNCHANGED,
        Code.SOURCE_EMPTY,
        Code.INVALID_NUMBER,
        Code.USER_NOT_FOUND,
    ]
    assert [result.target.upn for result in report.results] == [f"{name}@contoso.com" for name in names]
    assert [result.user_id for result in report.results] == [*names[:-1], None]
    assert not report.dry_run
    assert report.source is SourceName.DIRECTORY
    assert all(result.ignored == () for result in report.results)


def test_the_second_run_writes_nothing(directory: InMemory) -> None:
    names = a_bit_of_everything(directory)
    run(directory, *names)
    directory.written.clear()
    assert codes(run(directory, *names))[:3] == [Code.UNCHANGED] * 3
    assert directory.written == []


def test_a_dry_run_plans_the_same_and_writes_nothing(directory: InMemory) -> None:
    names = a_bit_of_everything(directory)
    report = run(directory, *names, dry_run=True)
    assert codes(report)[:3] == [Code.PLANNED, Code.PLANNED, Code.UNCHANGED]
    assert report.dry_run
    assert "write" not in directory.calls


def test_no_write_begins_before_everything_is_read_and_all_writes_go_together(directory: InMemory) -> None:
    run(directory, *a_bit_of_everything(directory))
    assert directory.calls.index("write") == len(directory.calls) - 1
    assert len(directory.written) == 2


def test_methods_are_read_only_of_those_who_need_a_look(directory: InMemory) -> None:
    names = a_bit_of_everything(directory)
    directory.add("service", NEW)
    directory.add("protected", NEW)
    directory.protected = frozenset({"protected"})
    run(directory, *names, "service", "protected", account=ServiceAccount("service", "service@contoso.com"))
    assert directory.asked_methods == [["add"], ["update"], ["keep"]]


def test_one_users_failure_never_stops_the_others(directory: InMemory) -> None:
    directory.add("a", NEW)
    directory.add("b", NEW)
    directory.add("c", NEW)
    directory.unreadable["a"] = Stop(Code.FORBIDDEN, "The role does not reach this user.")
    directory.script("b", failed)
    assert codes(run(directory, "a", "b", "c")) == [Code.FORBIDDEN, Code.FORBIDDEN, Code.ADDED]
    assert directory.phones == {"a": {}, "b": {}, "c": {MOBILE: NEW}}


def test_the_service_account_is_never_a_target(directory: InMemory) -> None:
    directory.add("svc", NEW)
    report = run(directory, "svc", account=ServiceAccount("svc", "other@contoso.com"))
    assert codes(report) == [Code.SERVICE_ACCOUNT]
    assert directory.written == []


def test_without_an_object_id_the_service_account_is_known_by_its_name(directory: InMemory) -> None:
    directory.add("svc", NEW)
    directory.add("anna", NEW)
    report = run(directory, "svc", "anna", account=ServiceAccount(None, "SVC@contoso.com"))
    assert codes(report) == [Code.SERVICE_ACCOUNT, Code.ADDED]


def test_without_a_service_account_everybody_is_a_target(directory: InMemory) -> None:
    directory.add("svc", NEW)
    assert codes(run(directory, "svc")) == [Code.ADDED]


def test_a_protected_user_is_never_touched(directory: InMemory) -> None:
    directory.add("glass", NEW, mobile=OLD)
    directory.protected = frozenset({"glass"})
    assert codes(run(directory, "glass")) == [Code.PROTECTED_USER]
    assert directory.phones["glass"] == {MOBILE: OLD}


def test_without_the_protected_group_nothing_is_written(directory: InMemory) -> None:
    directory.add("anna", NEW, mobile=OLD)
    directory.protected = Stop(Code.GRAPH_UNAVAILABLE, "Graph was unavailable.")
    report = run(directory, "anna", "nobody")
    assert codes(report) == [Code.GRAPH_UNAVAILABLE, Code.USER_NOT_FOUND]
    message = report.results[0].message
    told = "The webhook could not find out whether this user is protected, so it writes and shows nothing."
    assert message == f"{told} Graph was unavailable."
    assert directory.written == []


def test_a_protected_group_that_can_never_be_read_ends_the_run_before_anything_is_read(directory: InMemory) -> None:
    class Broken(InMemory):
        def guarded(self, _deadline: Deadline) -> Guarded:
            raise ConfigurationError("PROTECTED_GROUP_ID")

    broken = Broken()
    broken.add("anna", NEW)
    with pytest.raises(ConfigurationError):
        run(broken, "anna")
    assert broken.calls == []


def test_once_by_name_and_once_by_id_the_second_is_a_duplicate(directory: InMemory) -> None:
    directory.add("anna", NEW)
    report = run(directory, "anna", Target(id="anna"))
    assert codes(report) == [Code.ADDED, Code.DUPLICATE_USER]
    assert [result.user_id for result in report.results] == ["anna", "anna"]
    assert len(directory.written) == 1
    report = run(directory, Target(id="anna"), "anna")
    assert codes(report) == [Code.UNCHANGED, Code.DUPLICATE_USER]


def test_an_empty_attribute_removes_only_if_told_so(directory: InMemory) -> None:
    directory.add("leaver", None, mobile=OLD)
    assert codes(run(directory, "leaver")) == [Code.SOURCE_EMPTY]
    assert codes(run(directory, "leaver", source=REMOVE)) == [Code.REMOVED]
    assert codes(run(directory, "leaver", source=REMOVE)) == [Code.UNCHANGED]


def test_a_mobile_under_an_alternate_stays(directory: InMemory) -> None:
    directory.add("rosa", None, mobile=OLD, alternateMobile=NEW)
    report = run(directory, "rosa", source=REMOVE)
    assert codes(report) == [Code.ALTERNATE_EXISTS]
    assert report.results[0].status is UserStatus.SKIPPED
    assert directory.written == []


@pytest.mark.parametrize("dry_run", [False, True])
def test_too_many_removals_write_nothing_at_all(directory: InMemory, dry_run: bool) -> None:
    directory.add("new", NEW)
    leavers = [f"leaver{index}" for index in range(11)]
    for name in leavers:
        directory.add(name, None, mobile=OLD)
    with pytest.raises(Refused) as stop:
        run(directory, "new", *leavers, source=REMOVE, dry_run=dry_run)
    assert "write" not in directory.calls
    assert stop.value.refusal.code is RefusalCode.TOO_MANY_REMOVALS
    assert codes(stop.value.report) == [Code.PLANNED] * 12
    assert stop.value.report.dry_run is dry_run
    assert ": 11. Allowed: 10. Users found: 12." in stop.value.refusal.detail


def test_ten_removals_go_through(directory: InMemory) -> None:
    leavers = [f"leaver{index}" for index in range(10)]
    for name in leavers:
        directory.add(name, None, mobile=OLD)
    assert codes(run(directory, *leavers, source=REMOVE)) == [Code.REMOVED] * 10


def test_nothing_to_write_sends_nothing(directory: InMemory) -> None:
    directory.add("keep", NEW, mobile=NEW)
    run(directory, "keep")
    assert directory.written == []


def test_every_attribute_is_reconciled_and_every_change_is_told(directory: InMemory) -> None:
    account = Account({MOBILE: OLD, OFFICE: OLD}, "a@example.com", synced=True)
    attributes = {MOBILE: NEW, ALTERNATE: OLD, OFFICE: NEW, EMAIL: "anna@example.com"}
    directory.add_account("anna", account, attributes)
    (result,) = run(directory, "anna").results
    assert [(done.change.method, done.code) for done in result.changes] == [
        (MOBILE, Code.UPDATED),
        (ALTERNATE, Code.ADDED),
        (OFFICE, Code.OFFICE_SYNCED),
        (EMAIL, Code.UPDATED),
    ]
    assert (result.code, result.status) == (Code.CHANGED, UserStatus.CHANGED)
    assert account.phones == {MOBILE: NEW, ALTERNATE: OLD, OFFICE: OLD}
    assert run(directory, "anna").results[0].code is Code.UNCHANGED


def test_one_attribute_that_cannot_be_used_does_not_stop_the_others(directory: InMemory) -> None:
    directory.add_account("anna", Account({MOBILE: OLD}), {MOBILE: "n/a", OFFICE: NEW})
    (result,) = run(directory, "anna").results
    assert [done.code for done in result.changes] == [Code.INVALID_NUMBER, Code.ADDED]
    assert (result.code, result.status) == (Code.PARTIAL, UserStatus.FAILED)
    assert directory.phones["anna"] == {MOBILE: OLD, OFFICE: NEW}


def test_removals_of_all_kinds_are_judged_together(directory: InMemory) -> None:
    names = [f"leaver{index}" for index in range(4)]
    for name in names:
        account = Account({MOBILE: NEW, OFFICE: OLD}, "anna@example.com")
        directory.add_account(name, account, {MOBILE: None, OFFICE: None, EMAIL: None})
    with pytest.raises(Refused) as stop:
        run(directory, *names, source=REMOVE)
    assert ": 12. Allowed: " in stop.value.refusal.detail
    assert "write" not in directory.calls
    assert set(codes(run(directory, *names[:3], source=REMOVE))) == {Code.REMOVED}
