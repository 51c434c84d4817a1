"""The description and the app say the same: routes, parameters, statuses, codes and all other fixed words."""

import pytest

from sandbox.host import indexed_functions
from shared import errors
from shared.api.payload.envelope import LONGEST_KEY
from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.guard.ceilings import RefusalCode
from shared.core.models import METHOD_IDS, PHONES, Action, Method, SmsState, SourceName
from shared.core.survey.figures import DATES, Figures
from shared.core.survey.rows import COLUMNS, STATUSES
from shared.errors import GroupNotFound, ServiceError, SignInFailed, WorkflowNotResumed
from tests.connector.definition import Json, Operation, enum, find, operations
from tests.whole.conftest import CHECKOUT

EXPLICIT_LISTS = ("/api/set", "/api/provision")
# Of an operation on one user, on top of what can end any request.
READING = {404, 504}
WRITING = {*READING, 409, 422}


KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ServiceError) and "code" in vars(kind)
]
PROBLEMS = {kind.code for kind in KINDS} | set(RefusalCode)
# What is about a job, a plan or a list, or about time, ends only those operations.
FOR_ANY = {kind.status for kind in KINDS} - {404, 409, 412, 422, 504}
ENDINGS = {code.value for code in Code if code.user_status in (UserStatus.SKIPPED, UserStatus.FAILED)}
DONE = {code.value for code in Code if code.user_status in (UserStatus.CHANGED, UserStatus.UNCHANGED)}


def expected_statuses(operation: Operation) -> set[int]:
    if operation.id == "CheckHealth":
        return {200}
    if operation.id == "RunLifecycleTask":
        return {202, 422, *FOR_ANY} - {SignInFailed.status}
    if operation.id == "StartReport":
        # Graph is not asked before the job runs.
        return {202, 422, 504, *FOR_ANY} - {SignInFailed.status}
    if operation.is_list:
        return {200, 412, 422, 504, *FOR_ANY, *(() if operation.path in EXPLICIT_LISTS else (202,))}
    if operation.is_job:
        # A list of jobs is found empty.
        asked = {"GetJobResult": {202}, "ListJobs": {404}, "ApplyJob": {200, 202, 409, 412}}.get(operation.id, set())
        return ({200, 404, *FOR_ANY} - {SignInFailed.status}) ^ asked
    success = {"CreatePhoneauthenticationmethod": 201, "DeletePhoneauthenticationmethod": 204}.get(operation.id, 200)
    return {success, *FOR_ANY, *(WRITING if operation.is_write else READING)}


def expected_parameters(operation: Operation) -> set[tuple[str, str]]:
    found = {("path", name) for name in ("user", "type") if f"{{{name}}}" in operation.path}
    if operation.id != "CheckHealth":
        found |= {("header", "Message"), ("header", "X-Reason")}
    if operation.id == "RunLifecycleTask":
        found.add(("body", "body"))
    elif operation.id == "StartReport":
        found |= {("body", "body"), ("header", "Idempotency-Key")}
    elif operation.is_job:
        found |= {("query", "after")} if operation.id == "ListJobs" else {("path", "id")}
        found |= {("query", "status"), ("query", "skip")} if operation.id == "GetJobResult" else set()
        found |= {("header", "If-Match")} if operation.id == "ApplyJob" else set()
    elif operation.is_list:
        found |= {("body", "body"), ("query", "dryRun"), ("header", "If-Match")}
        if operation.path not in EXPLICIT_LISTS:
            found |= {("query", "async"), ("header", "Prefer"), ("header", "Idempotency-Key")}
    elif operation.id in ("CreatePhoneauthenticationmethod", "UpdatePhoneauthenticationmethod"):
        found.add(("body", "body"))
    elif operation.method == "GET" and operation.id != "CheckHealth":
        found.add(("query", "show"))
    return found


def test_the_app_has_exactly_the_routes_that_are_described(document: Json) -> None:
    """But for those of the master key: no caller has it, and a connection must not."""
    served = set()
    for function in indexed_functions(CHECKOUT, {}):
        for binding in function.bindings:
            if binding["type"] == "httpTrigger":
                level = binding["authLevel"]
                served |= {
                    (method, f"/api/{binding['route']}", level) for method in binding["methods"] if level != "ADMIN"
                }
    described = {
        (operation.method, operation.path, "ANONYMOUS" if operation.body.get("security") == [] else "FUNCTION")
        for operation in operations(document)
    }
    assert described == served


def test_every_parameter_is_described_and_none_more(document: Json) -> None:
    for operation in operations(document):
        assert operation.parameters.keys() == expected_parameters(operation), operation.id


def test_an_idempotency_key_may_have_as_many_characters_as_is_described(document: Json) -> None:
    assert document["parameters"]["IdempotencyKey"]["maxLength"] == LONGEST_KEY


def test_every_status_is_described_and_none_more(document: Json) -> None:
    for operation in operations(document):
        assert operation.responses.keys() == expected_statuses(operation), operation.id


@pytest.mark.parametrize("definition", ["UserResult", "JobUser", "Change"])
def test_the_codes_of_a_report_are_those_of_the_app(document: Json, definition: str) -> None:
    assert enum(document, definition, "code") == set(Code)


def test_the_codes_of_a_problem_are_those_of_the_app(document: Json) -> None:
    assert enum(document, "Problem", "code") == PROBLEMS | ENDINGS
    refusals = {code for code in RefusalCode if code.status != 503}
    assert enum(document, "RefusedPlan", "code") == refusals
    assert enum(document, "RefusedList", "code") == {code for code in refusals if code.status == 422} | {
        "idempotencyConflict"
    }
    away = {kind.code for kind in KINDS if kind.status == 503}
    assert enum(document, "UnavailableWrite", "code") == {"readOnly", *away, "throttled", "notReady"}


def test_every_code_of_the_webhook_itself_stands_with_a_status_of_the_operations_it_ends(document: Json) -> None:
    by_status: dict[int, set[str]] = {}
    # A group is looked for by its job, and a workflow resumed: no request ends with these codes.
    of_jobs = document["definitions"]["JobError"]["properties"]["code"]["description"]
    assert [kind.code for kind in (GroupNotFound, WorkflowNotResumed) if kind.code not in of_jobs] == []
    for kind in set(KINDS) - {GroupNotFound}:
        by_status.setdefault(kind.status, set()).add(kind.code)
    for code in RefusalCode:
        by_status.setdefault(code.status, set()).add(code.value)
    for status, codes in by_status.items():
        texts = " ".join(
            operation.responses[status]["description"]
            for operation in operations(document)
            if status in operation.responses
        )
        assert [code for code in codes if code not in texts] == [], status


def test_the_words_for_statuses_are_those_of_the_app(document: Json) -> None:
    at_once, in_a_job = set(UserStatus) - {UserStatus.PENDING}, {*UserStatus, *STATUSES}
    assert enum(document, "UserResult", "status") == at_once
    assert enum(document, "JobUser", "status") == in_a_job
    assert set(find(document, "GetJobResult").parameters["query", "status"]["enum"]) == in_a_job
    assert enum(document, "Change", "status") == set(ChangeStatus)
    assert document["definitions"]["Counts"]["properties"].keys() == {"users", *at_once}
    assert document["definitions"]["JobCounts"]["properties"].keys() == {"users", *in_a_job}


def test_the_user_of_a_job_is_one_of_a_list_or_a_row_of_a_report(document: Json) -> None:
    definitions = document["definitions"]
    of_list, of_job = (definitions[name]["properties"] for name in ("UserResult", "JobUser"))
    assert list(of_job) == [*of_list, *COLUMNS]
    assert set(definitions["JobUser"]["required"]) == {"userPrincipalName", "userId", "status", "code", "message"}


def test_the_figures_of_a_report_are_those_of_the_app(document: Json) -> None:
    figures = Figures().as_json()
    described = document["definitions"]["ReportFigures"]
    assert list(described["properties"]) == described["required"] == list(figures)
    for name in ("retires", "states"):
        assert list(described["properties"][name]["properties"]) == list(figures[name])
    assert list(document["definitions"]["ReportRetiring"]["properties"]) == list(figures["retires"][DATES[0]])


def test_the_words_for_methods_actions_and_sources_are_those_of_the_app(document: Json) -> None:
    assert enum(document, "Change", "method") == set(Method)
    assert enum(document, "Change", "action") == set(Action)
    assert enum(document, "Method", "method") == set(Method) - {Method.SMS_SIGN_IN}
    assert enum(document, "UserResult", "source") == enum(document, "Report", "source") == set(SourceName)


@pytest.mark.parametrize("definition", ["Method", "PhoneMethod", "PhoneMethodOfUser", "PhoneMethodWritten"])
def test_the_words_for_phones_are_those_of_the_app(document: Json, definition: str) -> None:
    assert enum(document, definition, "phoneType") == set(PHONES)
    assert enum(document, definition, "smsSignInState") == set(SmsState)


def test_a_written_method_has_the_codes_of_success(document: Json) -> None:
    assert enum(document, "PhoneMethodWritten", "code") == DONE


def test_a_type_in_the_path_or_body_is_one_of_the_phones(document: Json) -> None:
    assert find(document, "GetPhonemethod").parameters["path", "type"]["enum"] == list(PHONES)
    assert enum(document, "PhoneMethodToCreate", "phoneType") == set(PHONES)
    assert enum(document, "PhoneMethodToUpdate", "phoneType") == set(PHONES)
    assert set(PHONES) < METHOD_IDS.keys()


def test_the_values_that_can_be_set_are_those_of_the_app(document: Json) -> None:
    values = {*PHONES, Method.EMAIL, Method.SMS_SIGN_IN}
    assert document["definitions"]["UserValues"]["properties"].keys() == {"userPrincipalName", "id", *values}
