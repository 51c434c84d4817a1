"""report.py: the bodies of the HTTP contract."""

import json

import pytest

from shared.errors import (
    BodyFault,
    ConfigurationError,
    InvalidBody,
    InvalidQuery,
    ServiceError,
    SignInFailed,
    SignInUnavailable,
    Unauthorized,
    VaultUnavailable,
)
from shared.models import Action, Change, Code, Plan, RunReport, Stop, Target, UserResult
from shared.payload import MAX_FAULTS
from shared.phone import StoredNumber
from shared.report import counts, overall_status, problem_body, removals_problem_body, report_body
from shared.results import applied, planned
from tests.unit.people import MOBILE, number

UPDATE = Change(Action.UPDATE, MOBILE, StoredNumber("+46 701740667"), number("+46 701740612"))
CHANGED = applied(Target(upn="anna@contoso.com"), "id-1", UPDATE, None)
FAILED = planned(Target(id="id-2"), None, Plan(stop=Stop(Code.USER_NOT_FOUND, "There is no such user.")))
SKIPPED = planned(Target(upn="c@contoso.com"), "id-3", Plan(stop=Stop(Code.SOURCE_EMPTY, "No number.")))


def report(*results: UserResult, dry_run: bool = False) -> RunReport:
    return RunReport(dry_run, results)


def test_the_whole_body_as_the_contract_has_it() -> None:
    body = report_body(report(CHANGED, FAILED), "cid-1")
    assert json.loads(json.dumps(body)) == {
        "correlationId": "cid-1",
        "status": "partial",
        "dryRun": False,
        "counts": {"users": 2, "unchanged": 0, "changed": 1, "planned": 0, "skipped": 0, "failed": 1},
        "results": [
            {
                "userPrincipalName": "anna@contoso.com",
                "userId": "id-1",
                "status": "changed",
                "code": "updated",
                "message": CHANGED.message,
                "changes": [
                    {
                        "method": "mobile",
                        "action": "update",
                        "before": "+46 *******67",
                        "after": "+46 *******12",
                        "status": "applied",
                        "code": "updated",
                    }
                ],
            },
            {
                "userPrincipalName": None,
                "userId": None,
                "status": "failed",
                "code": "userNotFound",
                "message": "There is no such user.",
                "changes": [],
            },
        ],
    }


def test_a_missing_number_is_null() -> None:
    change = Change(Action.ADD, MOBILE, None, number("+46 701740612"))
    body = report_body(report(applied(Target(upn="a@contoso.com"), "id-1", change, None)), "cid-1")
    (result,) = body["results"]  # type: ignore[misc]
    assert (result["changes"][0]["before"], result["changes"][0]["after"]) == (None, "+46 *******12")
    change = Change(Action.REMOVE, MOBILE, StoredNumber("+46 701740612"), None)
    body = report_body(report(applied(Target(upn="a@contoso.com"), "id-1", change, None)), "cid-1")
    (result,) = body["results"]  # type: ignore[misc]
    assert (result["changes"][0]["before"], result["changes"][0]["after"]) == ("+46 *******12", None)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ((CHANGED, SKIPPED), "succeeded"),
        ((CHANGED, FAILED), "partial"),
        ((FAILED, SKIPPED), "partial"),
        ((FAILED, FAILED), "failed"),
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
        Unauthorized("the handshake secret-x does not match"),
        VaultUnavailable("no answer about the secret secret-x"),
        SignInUnavailable("secret-x"),
    ],
)
def test_a_detail_that_belongs_into_the_log_is_not_told(error: ServiceError) -> None:
    assert "secret-x" not in json.dumps(problem_body(error, "cid-1"))


def test_what_entra_refused_is_told() -> None:
    assert problem_body(SignInFailed("AADSTS50126: …"), "cid-1")["detail"] == "AADSTS50126: …"


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
    change = Change(Action.REMOVE, MOBILE, StoredNumber("+46 701740612"), None)
    result = planned(Target(upn="a@contoso.com"), "id-1", Plan(change))
    body = removals_problem_body(report(result, dry_run=True), 12, 10.5, "cid-1")
    assert (body["status"], body["code"], body["dryRun"]) == (422, "tooManyRemovals", True)
    assert "12 phone methods would be removed; 10.5 are allowed" in str(body["detail"])
    assert body["counts"] == {"users": 1, "unchanged": 0, "changed": 0, "planned": 1, "skipped": 0, "failed": 0}
    assert [entry["code"] for entry in body["results"]] == ["planned"]  # type: ignore[attr-defined]


def test_whole_numbers_of_allowed_removals_have_no_decimals() -> None:
    assert "; 10 are allowed" in str(removals_problem_body(report(), 11, 10.0, "cid-1")["detail"])
