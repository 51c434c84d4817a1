"""reconcile.py with values that the caller names: exemptions, one user named twice, one number for several users."""

from dataclasses import replace

import pytest

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.desired import DirectorySource, Removal, Requested, RequestedValue
from shared.core.models import Method, RunReport, ServiceAccount, SmsState, SourceName, Stop, Target
from shared.core.plan import Policy
from shared.core.reconcile import Refused, reconcile
from shared.deadline import Deadline
from shared.errors import InvalidBody
from tests.unit.core.reconciling import ByCeilings, codes
from tests.unit.core.reconciling import run_explicit as run
from tests.unit.graph_rules import Account, SmsPolicy
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, SMS, InMemory

NEW, OLD, OTHER = "+46 701740605", "+46 701740666", "+46 701740677"
READY, NOT_UNIQUE = SmsState.READY, Code.PHONE_NUMBER_NOT_UNIQUE
SET_NEW = Requested({MOBILE: RequestedValue(NEW)})
SET_NEW_ON = Requested({MOBILE: RequestedValue(NEW)}, sms_sign_in=True)
ON = Requested({}, sms_sign_in=True)


def test_the_caller_decides_and_the_report_says_so(directory: InMemory) -> None:
    directory.add("anna", OTHER, mobile=OLD)
    report = run(directory, {"anna": SET_NEW, "nobody": SET_NEW})
    assert codes(report) == [Code.UPDATED, Code.USER_NOT_FOUND]
    assert report.source is SourceName.EXPLICIT
    assert directory.phones["anna"] == {MOBILE: NEW}


def test_for_each_user_something_else_may_be_requested(directory: InMemory) -> None:
    for name in ("anna", "bea", "carl"):
        directory.add(name, None, mobile=OLD, office=OTHER)
    report = run(
        directory,
        {
            "anna": SET_NEW,
            "bea": Requested({OFFICE: RequestedValue(None)}),
            "carl": Requested({MOBILE: RequestedValue(OLD)}),
        },
    )
    assert codes(report) == [Code.UPDATED, Code.REMOVED, Code.UNCHANGED]
    assert directory.phones == {
        "anna": {MOBILE: NEW, OFFICE: OTHER},
        "bea": {MOBILE: OLD},
        "carl": {MOBILE: OLD, OFFICE: OTHER},
    }


def test_an_empty_request_reads_no_methods_and_writes_nothing(directory: InMemory) -> None:
    directory.add("anna", OTHER, mobile=OLD)
    report = run(directory, {"anna": Requested({}, ignored=("department",))})
    (result,) = report.results
    assert (result.code, result.status, result.changes) == (Code.UNCHANGED, UserStatus.UNCHANGED, ())
    assert (result.message, result.ignored) == ("Nothing to do.", ("department",))
    assert directory.calls == ["guarded", "read"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_means_nothing_is_named_whatever_becomes_of_the_user(directory: InMemory, dry_run: bool) -> None:
    directory.add("anna", None, mobile=OLD)
    directory.add("glass", None, mobile=OLD)
    directory.protected = frozenset({"glass"})
    requested = Requested({MOBILE: RequestedValue(NEW)}, ignored=("department",))
    report = run(directory, {name: requested for name in ("anna", "glass", "nobody")}, dry_run=dry_run)
    assert [result.ignored for result in report.results] == [("department",)] * 3


# Exemptions


def test_a_protected_user_is_never_touched(directory: InMemory) -> None:
    directory.add("glass", None, mobile=OLD)
    directory.protected = frozenset({"glass"})
    requested = Requested({MOBILE: RequestedValue(None)}, sms_sign_in=False, removals=(Removal(Method.FIDO2),))
    for target in ("glass", Target(id="glass")):
        assert codes(run(directory, {target: requested})) == [Code.PROTECTED_USER]
    assert directory.written == directory.asked_methods == []


def test_the_service_account_is_never_a_target(directory: InMemory) -> None:
    directory.add("svc")
    for account in (ServiceAccount("svc", "x@contoso.com"), ServiceAccount(None, "SVC@contoso.com")):
        assert codes(run(directory, {"svc": SET_NEW}, account)) == [Code.SERVICE_ACCOUNT]
    assert directory.written == directory.asked_methods == []


def test_without_the_protected_group_nothing_is_written(directory: InMemory) -> None:
    directory.add("anna")
    directory.protected = Stop(Code.GRAPH_UNAVAILABLE, "Graph was unavailable.")
    assert codes(run(directory, {"anna": SET_NEW_ON})) == [Code.GRAPH_UNAVAILABLE]
    assert directory.written == []


def test_the_guard_holds_for_values_that_the_caller_names(directory: InMemory) -> None:
    names = [f"leaver{index}" for index in range(11)]
    for name in names:
        directory.add(name, None, mobile=OLD)
    with pytest.raises(Refused) as stop:
        run(directory, {name: Requested({MOBILE: RequestedValue(None)}) for name in names})
    assert stop.value.report.source is SourceName.EXPLICIT
    assert "write" not in directory.calls


def test_the_guard_counts_each_method_of_a_kind_that_is_removed(directory: InMemory) -> None:
    directory.add_account("anna", Account(others={f"key-{index}": Method.FIDO2 for index in range(11)}))
    with pytest.raises(Refused):
        run(directory, {"anna": Requested({}, removals=(Removal(Method.FIDO2),))})
    assert "write" not in directory.calls


# One user, named twice


@pytest.mark.parametrize(
    "other",
    [
        Requested({MOBILE: RequestedValue(OLD)}),
        Requested({MOBILE: RequestedValue(None)}),
        Requested({ALTERNATE: RequestedValue(NEW)}),
        Requested({}),
        SET_NEW_ON,
        Requested({MOBILE: RequestedValue(NEW)}, removals=(Removal(Method.FIDO2),)),
    ],
)
def test_one_user_with_two_requests_ends_the_request_before_any_write(directory: InMemory, other: Requested) -> None:
    for name in ("anna", "bea"):
        directory.add(name)
    for requested in ((SET_NEW, other), (other, SET_NEW)):
        named = dict(zip((Target(id="anna"), "anna"), requested, strict=True))
        with pytest.raises(InvalidBody) as fault:
            run(directory, {"bea": SET_NEW, **named})  # type: ignore[dict-item]
        (only,) = fault.value.faults
        assert "anna" in only.detail
        assert "7017" not in only.detail
    assert "write" not in directory.calls


def test_one_number_in_two_spellings_is_one_request_where_the_country_is_known(directory: InMemory) -> None:
    directory.add("anna")
    national = Requested({MOBILE: RequestedValue("070-174 06 05")})
    targets = {Target(id="anna"): SET_NEW, "anna": national}
    with pytest.raises(InvalidBody, match="under another name and with different values"):
        run(directory, targets)  # type: ignore[arg-type]
    directory.users["anna"] = replace(directory.users["anna"], usage_location="SE")
    assert codes(run(directory, targets)) == [Code.ADDED, Code.DUPLICATE_USER]  # type: ignore[arg-type]
    assert directory.phones["anna"] == {MOBILE: NEW}


def test_every_user_with_two_requests_is_named(directory: InMemory) -> None:
    requested: dict[Target | str, Requested] = {}
    for name in ("anna", "bea"):
        directory.add(name)
        requested |= {name: SET_NEW, Target(id=name): ON}
    with pytest.raises(InvalidBody) as fault:
        run(directory, requested)
    assert [name in found.detail for name, found in zip(("anna", "bea"), fault.value.faults, strict=True)] == [True] * 2


def test_a_protected_user_with_two_requests_ends_the_request_too(directory: InMemory) -> None:
    directory.add("glass")
    directory.protected = frozenset({"glass"})
    with pytest.raises(InvalidBody):
        run(directory, {"glass": SET_NEW, Target(id="glass"): ON})


def test_one_user_named_twice_with_one_request_is_written_once(directory: InMemory) -> None:
    directory.add("anna")
    same = Requested({MOBILE: RequestedValue(NEW)}, ignored=("department",))
    report = run(directory, {"anna": SET_NEW, Target(id="anna"): same})
    assert codes(report) == [Code.ADDED, Code.DUPLICATE_USER]
    assert report.results[1].ignored == ("department",)
    assert len(directory.written) == 1


# One number, several users who are to sign in with it


def switches(report: RunReport) -> list[Code]:
    return [done.code for result in report.results for done in result.changes if done.change.method is SMS]


def test_one_number_for_two_users_is_written_for_both_and_signs_nobody_in(directory: InMemory) -> None:
    directory.add("anna")
    directory.add("bea", None, mobile=OLD)
    directory.add("carl")
    carl = Requested({MOBILE: RequestedValue(OTHER)}, sms_sign_in=True)
    report = run(directory, {"anna": SET_NEW_ON, "bea": SET_NEW_ON, "carl": carl})
    assert switches(report) == [NOT_UNIQUE, NOT_UNIQUE, Code.ENABLED]
    assert codes(report) == [Code.PARTIAL, Code.PARTIAL, Code.CHANGED]
    assert [done.status for done in report.results[0].changes] == [ChangeStatus.APPLIED, ChangeStatus.FAILED]
    assert {name: phones[MOBILE] for name, phones in directory.phones.items()} == {
        "anna": NEW,
        "bea": NEW,
        "carl": OTHER,
    }
    assert [user_id for user_id, change in directory.written if change.method is SMS] == ["carl"]


def test_the_same_is_found_in_a_dry_run_and_in_any_spelling(directory: InMemory) -> None:
    directory.add("anna")
    directory.add("bea")
    bea = Requested({MOBILE: RequestedValue("+46 70-174 06 05")}, sms_sign_in=True)
    report = run(directory, {"anna": SET_NEW_ON, "bea": bea}, dry_run=True)
    assert switches(report) == [NOT_UNIQUE] * 2
    assert directory.written == []


def test_a_number_that_is_registered_already_counts(directory: InMemory) -> None:
    directory.add("anna", None, mobile=NEW)
    directory.add("bea")
    report = run(directory, {"anna": ON, "bea": SET_NEW_ON})
    assert switches(report) == [NOT_UNIQUE] * 2
    assert codes(report) == [NOT_UNIQUE, Code.PARTIAL]


def test_whoever_signs_in_with_the_number_already_goes_on_doing_so(directory: InMemory) -> None:
    directory.add_account("anna", Account({MOBILE: NEW}, state=READY))
    directory.add("bea")
    report = run(directory, {"anna": ON, "bea": SET_NEW_ON})
    assert switches(report) == [Code.UNCHANGED, NOT_UNIQUE]
    assert directory.accounts["anna"].state is READY


def test_the_number_that_comes_counts_and_not_the_one_that_goes(directory: InMemory) -> None:
    directory.add("anna", None, mobile=NEW)
    directory.add("bea")
    anna = Requested({MOBILE: RequestedValue(OTHER)}, sms_sign_in=True)
    assert switches(run(directory, {"anna": anna, "bea": SET_NEW_ON})) == [Code.ENABLED] * 2


@pytest.mark.parametrize(
    "anna",
    [
        SET_NEW,
        Requested({MOBILE: RequestedValue(NEW)}, sms_sign_in=False),
        Requested({MOBILE: RequestedValue(None)}, sms_sign_in=True),
    ],
    ids=["not asked for", "off", "removed"],
)
def test_only_those_who_are_to_sign_in_with_the_number_count(directory: InMemory, anna: Requested) -> None:
    directory.add("anna", None, mobile=NEW)
    directory.add("bea")
    assert switches(run(directory, {"anna": anna, "bea": SET_NEW_ON}))[-1] is Code.ENABLED


def test_a_user_whom_the_policy_does_not_let_sign_in_is_in_nobodys_way(directory: InMemory) -> None:
    directory.add_account("anna", Account({MOBILE: NEW}, policy=SmsPolicy.FORBIDS))
    directory.add("bea")
    report = run(directory, {"anna": ON, "bea": SET_NEW_ON})
    assert switches(report) == [Code.SMS_SIGN_IN_NOT_ALLOWED, Code.ENABLED]


def test_numbers_that_cannot_be_read_are_not_taken_for_one_and_the_same(directory: InMemory) -> None:
    directory.masks = True
    directory.add("anna", None, mobile=NEW)
    directory.add("bea", None, mobile=OLD)
    directory.add("carl")
    report = run(directory, {"anna": ON, "bea": ON, "carl": Requested({OFFICE: RequestedValue(OTHER)})})
    assert switches(report) == [Code.ENABLED] * 2


def test_a_masked_number_counts_where_it_is_known_which_it_is(directory: InMemory) -> None:
    directory.masks = True
    directory.add("anna", None, mobile=NEW)
    directory.add("bea")
    assert switches(run(directory, {"anna": SET_NEW_ON, "bea": SET_NEW_ON})) == [NOT_UNIQUE] * 2


def test_the_same_holds_for_numbers_of_the_directory(directory: InMemory) -> None:
    directory.add("anna", NEW)
    directory.add("bea", NEW)
    targets = [Target(id="anna"), Target(id="bea")]
    source = DirectorySource(sms_sign_in=True)
    report = reconcile(
        targets, source, directory, None, Policy(), dry_run=False, deadline=Deadline(10), judge=ByCeilings()
    )
    assert switches(report) == [NOT_UNIQUE] * 2
    assert directory.phones == {"anna": {MOBILE: NEW}, "bea": {MOBILE: NEW}}
