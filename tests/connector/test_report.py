"""A report on phone methods from its start to its rows, held against the closed schemas; and other kinds of jobs."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.core.survey.rows import COLUMNS
from tests.connector.asking import AUDITOR, AUDITORS, Ask, ask_operation, finished, users
from tests.connector.definition import Json
from tests.support import HANDSHAKE
from tests.whole.conftest import CHECKOUT, HostMaker, environment
from tests.whole.report.tenant import AUTHENTICATOR

NO_GROUP = "9009f000-0000-4000-8000-00000000009f"
EVERYONE = {"scope": "everyone"}
# Keys that only a row of a report has, and that only a user of another job has.
OF_REPORT, OF_OTHERS = set(COLUMNS), {"source", "changes"}


@pytest.fixture(scope="module")
def _whole_host(_sandbox: SandboxTenant) -> Iterator[HostProcess]:
    """Signed in as an app with every permission: no column is empty for want of one."""
    with SandboxStorage() as storage:
        settings = {"GRAPH_AUTH": "managed_identity", "AzureWebJobsStorage": storage.connection_string}
        with HostProcess(CHECKOUT, environment(_sandbox, {**settings, "CALLERS": AUDITORS})) as host:
            yield host


@pytest.fixture
def audit(document: Json, box: SandboxTenant, _whole_host: HostProcess) -> Ask:
    return partial(ask_operation, document, at=_whole_host, handshake=AUDITOR)


def made(ask: Ask, body: Json, expected: str) -> str:
    """The id of a report that has ended so."""
    accepted = ask("StartReport", body)
    assert accepted.status == 202
    assert finished(ask, accepted.body["jobId"]) == expected
    return str(accepted.body["jobId"])


def test_the_life_of_a_report(audit: Ask, box: SandboxTenant) -> None:
    box.tenant.change_user("anna.andersson@contoso.com", methods=[AUTHENTICATOR])
    job = made(audit, {"users": [*users("anna.andersson@contoso.com", "nobody@contoso.com")["users"]]}, "partial")
    status = audit("GetJob", id=job).body
    assert (status["operation"], status["counts"]) == ("report", {"users": 2, "reported": 1, "failed": 1})
    result = audit("GetJobResult", id=job).body
    assert (result["operation"], result["notes"], result["figures"]["users"]) == ("report", [], 2)
    assert [row["status"] for row in result["results"]] == ["reported", "failed"]
    assert [row.keys() >= OF_REPORT and not OF_OTHERS & row.keys() for row in result["results"]] == [True, True]
    (listed,) = (each for each in audit("ListJobs").body["value"] if each["jobId"] == job)
    assert (listed["operation"], "dryRun" in listed) == ("report", False)
    assert audit("CancelJob", id=job).body["operation"] == "report"


def test_a_report_on_everyone_has_every_column(audit: Ask, box: SandboxTenant) -> None:
    box.tenant.change_user("anna.andersson@contoso.com", methods=[AUTHENTICATOR])
    rows = audit("GetJobResult", id=made(audit, EVERYONE, "succeeded")).body["results"]
    assert [name for name in COLUMNS if all(row[name] is None for row in rows)] == []


@pytest.mark.parametrize(("status", "count"), [("reported", 1), ("failed", 1)])
def test_rows_of_one_status(audit: Ask, status: str, count: int) -> None:
    job = made(audit, users("anna.andersson@contoso.com", "nobody@contoso.com"), "partial")
    found = audit("GetJobResult", id=job, query=f"status={status}").body["results"]
    assert ([row["status"] for row in found], len(found)) == ([status], count)
    assert audit("GetJobResult", id=job, query="status=planned").body["code"] == "invalidQuery"
    assert len(audit("GetJobResult", id=job, query="skip=1").body["results"]) == 1


def test_every_form_of_a_report(audit: Ask) -> None:
    job = made(audit, users("anna.andersson@contoso.com"), "succeeded")
    for media_type in ("text/csv", "text/html", "application/json"):
        answer = audit("GetJobResult", id=job, accept=media_type)
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, media_type)


def test_a_report_that_ends_early(audit: Ask) -> None:
    job = made(audit, {"group": NO_GROUP}, "failed")
    why = audit("GetJob", id=job).body["error"]
    assert why["code"] == "groupNotFound"
    result = audit("GetJobResult", id=job).body
    assert (result["status"], result["error"]) == ("failed", why)
    assert (result["figures"], result["notes"], result["results"]) == (None, [], [])


def test_what_graph_does_not_tell_is_null_and_has_a_note(ask: Ask) -> None:
    """The service account of the seed lacks some permissions."""
    as_auditor = partial(ask, handshake=AUDITOR)
    result = as_auditor("GetJobResult", id=made(as_auditor, users("anna.andersson@contoso.com"), "succeeded")).body
    assert [note["code"] for note in result["notes"]] == ["permissionMissing"] * 2
    assert (result["results"][0]["methods"], result["figures"]["phoneOnly"]) == (None, None)


def test_a_report_has_nothing_to_apply_and_needs_the_right(audit: Ask) -> None:
    job = made(audit, users("anna.andersson@contoso.com"), "succeeded")
    assert audit("ApplyJob", id=job).body["code"] == "rightMissing"
    assert audit("StartReport", EVERYONE, handshake=HANDSHAKE).body["code"] == "rightMissing"


@pytest.fixture
def operate(box: SandboxTenant, ask: Ask, new_host: HostMaker) -> Iterator[Callable[..., Ask]]:
    """A caller who may reconcile everyone, at a host with these settings."""
    box.tenant.set_secret("webhook-caller-lead", "sandbox-lead-not-real")
    callers = '[{"name": "lead", "rights": ["reconcile", "operate"]}]'
    with SandboxStorage() as storage:
        stored = {"AzureWebJobsStorage": storage.connection_string, "CALLERS": callers}
        yield lambda **settings: partial(ask, at=new_host(**stored, **settings), handshake="lead.sandbox-lead-not-real")


def test_everyone_a_group_and_a_report_to_apply(operate: Callable[..., Ask]) -> None:
    ask = operate()
    report = made(ask, users("anna.andersson@contoso.com"), "succeeded")
    assert ask("ApplyJob", id=report).body["code"] == "notADryRun"
    for body, ending in ((EVERYONE, "partial"), ({"group": NO_GROUP}, "failed")):
        job = ask("ReconcileUsers", body, query="dryRun=true").body["jobId"]
        assert finished(ask, job) == ending
        assert (ask("GetJob", id=job).body["dryRun"], "figures" in ask("GetJobResult", id=job).body) == (True, False)
    assert [job.get("operation") for job in ask("ListJobs").body["value"]] == [None, None, "report"]


def test_a_job_that_waits_for_users(operate: Callable[..., Ask]) -> None:
    ask = operate(WAIT_FOR_USERS_MINUTES="60")
    job = ask("ReconcileUsers", users("new.hire@contoso.com"), query="async=true").body["jobId"]
    while not (found := ask("GetJobResult", id=job, query="status=pending").body["results"]):
        assert ask("GetJob", id=job).body["status"] in ("notStarted", "running")
    assert ([user["status"] for user in found], ask("GetJob", id=job).body["counts"]["pending"]) == (["pending"], 1)
    assert ask("CancelJob", id=job).body["status"] == "cancelling"
