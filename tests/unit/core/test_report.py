"""report.py: the bodies of the HTTP contract."""

import json

import pytest

from shared.core.address import parse_address
from shared.core.codes import Code
from shared.core.guard.ceilings import Refusal, RefusalCode
from shared.core.models import Action, Change, Method, Plan, RunReport, SmsState, SourceName, Stop, Target, UserResult
from shared.core.phone import StoredNumber
from shared.core.plan import UserPlan
from shared.core.report import answered_bodies, counts, overall_status, problem_body, refusal_body, report_body
from shared.core.results import announced, applied, planned, summary
from shared.errors import (
    MAX_FAULTS,
    BodyFault,
    ConfigurationError,
    ExplicitDisabled,
    InvalidBody,
    InvalidQuery,
    ServiceError,
    SignInFailed,
    SignInUnavailable,
    Unauthorized,
    UserFailed,
    VaultUnavailable,
)
from tests.unit.parsed import parse_number

OLD, NEW = StoredNumber("+46 701740667"), parse_number("+46 701740612", None)
UPDATE = Change(Action.UPDATE, Method.MOBILE, OLD, NEW)
CHANGED = summary(Target(upn="anna@contoso.com"), "id-1", [applied(UPDATE)])
ADDED = summary(Target(upn="d@contoso.com"), "id-4", [applied(Change(Action.ADD, Method.MOBILE, None, NEW))])
FAILED = announced(UserPlan(Target(id="id-2"), Plan(stop=Stop(Code.USER_NOT_FOUND, "There is no such user."))))
FORBIDDEN = announced(UserPlan(Target(id="id-5"), Plan(stop=Stop(Code.FORBIDDEN, "No access."))))
SKIPPED = announced(UserPlan(Target(upn="c@contoso.com"), Plan(stop=Stop(Code.SOURCE_EMPTY, "No number.")), (), "id-3"))


def report(*results: UserResult, dry_run: bool = False, source: SourceName = SourceName.DIRECTORY) -> RunReport:
    return RunReport(dry_run, source, results)


def told(found: RunReport) -> dict[str, object]:
    return report_body(found, answered_bodies(found), "cid-1", {})


def refused(refusal: Refusal, found: RunReport) -> dict[str, object]:
    return refusal_body(refusal, found, answered_bodies(found), "cid-1", {})


def shown(change: Change) -> dict[str, object]:
    """The change as the body has it."""
    body = told(report(summary(Target(upn="a@contoso.com"), "id-1", [applied(change)])))
    entry: dict[str, object] = json.loads(json.dumps(body))["results"][0]["changes"][0]
    return entry


def test_the_whole_body_as_the_contract_has_it() -> None:
    body = told(report(CHANGED, FAILED))
    assert json.loads(json.dumps(body)) == {
        "correlationId": "cid-1",
        "status": "partial",
        "dryRun": False,
        "source": "directory",
        "counts": {"users": 2, "unchanged": 0, "changed": 1, "planned": 0, "skipped": 0, "failed": 1},
        "results": [
            {
                "userPrincipalName": "anna@contoso.com",
                "userId": "id-1",
                "status": "changed",
                "code": "updated",
                "message": "The mobile method was updated.",
                "source": "directory",
                "changes": [
                    {
                        "method": "mobile",
                        "action": "update",
                        "before": "+46 *******67",
                        "after": "+46 *******12",
                        "status": "applied",
                        "code": "updated",
                        "message": "The mobile method was updated.",
                    }
                ],
            },
            {
                "userPrincipalName": None,
                "userId": "id-2",
                "status": "failed",
                "code": "userNotFound",
                "message": "There is no such user.",
                "source": "directory",
                "changes": [],
            },
        ],
    }


def test_every_result_says_that_the_caller_named_the_values() -> None:
    body = json.loads(json.dumps(told(report(CHANGED, FAILED, source=SourceName.EXPLICIT))))
    assert body["source"] == "explicit"
    assert [result["source"] for result in body["results"]] == ["explicit", "explicit"]


def test_a_missing_value_is_null() -> None:
    added, removed = (
        shown(Change(Action.ADD, Method.MOBILE, None, NEW)),
        shown(Change(Action.REMOVE, Method.MOBILE, OLD)),
    )
    assert (added["before"], added["after"]) == (None, "+46 *******12")
    assert (removed["before"], removed["after"]) == ("+46 *******67", None)


def test_addresses_and_states_of_sms_sign_in() -> None:
    email = shown(Change(Action.ADD, Method.EMAIL, None, parse_address("anna@fabrikam.com")))
    assert (email["method"], email["after"]) == ("email", "a***@fabrikam.com")
    sms = shown(Change(Action.ENABLE, Method.SMS_SIGN_IN, SmsState.NOT_ENABLED, SmsState.READY))
    assert (sms["method"], sms["action"], sms["before"], sms["after"]) == (
        *("smsSignIn", "enable", "notEnabled", "ready"),
    )


def test_only_a_method_that_is_removed_by_id_has_one() -> None:
    fido = shown(Change(Action.REMOVE, Method.FIDO2, id="-2_GRUg2"))
    assert (fido["method"], fido["id"], fido["before"], fido["after"]) == ("fido2", "-2_GRUg2", None, None)
    assert "id" not in shown(UPDATE)


def test_what_the_caller_said_in_vain_is_named_where_there_is_some() -> None:
    result = summary(Target(upn="a@contoso.com"), "id-1", [applied(UPDATE)], ("password", "department"))
    body = json.loads(json.dumps(told(report(result, CHANGED))))
    assert body["results"][0]["ignored"] == ["password", "department"]
    assert "ignored" not in body["results"][1]


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ((CHANGED, SKIPPED), "succeeded"),
        ((CHANGED, FAILED), "partial"),
        ((FAILED, SKIPPED), "partial"),
        ((FAILED, FAILED), "failed"),
        ((FAILED, FORBIDDEN), "failed"),
        ((), "succeeded"),
    ],
)
def test_the_overall_status(results: tuple[UserResult, ...], status: str) -> None:
    assert overall_status(report(*results)) == status


def test_counts_add_up() -> None:
    assert counts(report(CHANGED, FAILED, SKIPPED, SKIPPED)) == {
        "users": 4,
        "unchanged": 0,
        "changed": 1,
        "planned": 0,
        "skipped": 2,
        "failed": 1,
    }


def test_users_with_different_codes_of_one_status_count_together() -> None:
    found = counts(report(ADDED, CHANGED, CHANGED, FAILED, FORBIDDEN))
    assert (found["users"], found["changed"], found["failed"]) == (5, 3, 2)


def test_a_problem_document() -> None:
    assert problem_body(InvalidQuery("dryRun must be true."), "cid-1") == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "dryRun must be true.",
        "code": "invalidQuery",
        "correlationId": "cid-1",
    }


@pytest.mark.parametrize(
    "error",
    [
        ServiceError("KeyError 'secret-x'"),
        ConfigurationError("the Key Vault secret secret-x does not exist"),
        Unauthorized("the handshake secret-x does not match", "Check the header."),
        VaultUnavailable("no answer about the secret secret-x"),
        SignInUnavailable("secret-x"),
    ],
)
def test_a_detail_that_belongs_into_the_log_is_not_told(error: ServiceError) -> None:
    assert "secret-x" not in json.dumps(problem_body(error, "cid-1"))


@pytest.mark.parametrize(
    "error", [SignInFailed("AADSTS50126: …"), ExplicitDisabled("Off."), UserFailed("noMobile", 409, "None.")]
)
def test_a_detail_that_the_caller_can_act_on_is_told(error: ServiceError) -> None:
    assert problem_body(error, "cid-1")["detail"] == error.detail


def test_body_faults_with_their_pointers() -> None:
    body = problem_body(InvalidBody(BodyFault("/0", "a"), BodyFault("/1", "b")), "cid-1")
    assert body["errors"] == [{"pointer": "/0", "detail": "a"}, {"pointer": "/1", "detail": "b"}]
    assert "errorsTruncated" not in body


def test_too_many_body_faults_are_cut_off_and_said_so() -> None:
    some = [BodyFault(f"/{index}", "a") for index in range(MAX_FAULTS + 1)]
    body = problem_body(InvalidBody(*some[:MAX_FAULTS]), "cid-1")
    assert len(body["errors"]) == MAX_FAULTS  # type: ignore[arg-type]
    assert "errorsTruncated" not in body
    body = problem_body(InvalidBody(*some), "cid-1")
    assert len(body["errors"]) == MAX_FAULTS  # type: ignore[arg-type]
    assert body["errorsTruncated"] is True


def test_the_guards_problem_holds_the_plan() -> None:
    change = Change(Action.REMOVE, Method.MOBILE, OLD)
    result = summary(Target(upn="a@contoso.com"), "id-1", [planned(change)])
    refusal = Refusal(RefusalCode.TOO_MANY_REMOVALS, "Too many.")
    body = refused(refusal, report(result, dry_run=True, source=SourceName.EXPLICIT))
    assert (body["status"], body["code"], body["dryRun"], body["source"]) == (422, "tooManyRemovals", True, "explicit")
    assert body["detail"] == "Too many."
    assert body["counts"] == {"users": 1, "unchanged": 0, "changed": 0, "planned": 1, "skipped": 0, "failed": 0}
    assert [entry["code"] for entry in body["results"]] == ["planned"]  # type: ignore[attr-defined]


def test_a_webhook_that_is_read_only_is_unavailable() -> None:
    body = refused(Refusal(RefusalCode.READ_ONLY, "Read-only."), report())
    assert (body["status"], body["code"]) == (503, "readOnly")
