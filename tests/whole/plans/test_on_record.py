"""Who sent a list and who approved it: found in the downloaded audit trail, as docs/operations.md says."""

from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from sandbox.audit import Record, records_in, selected
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.whole.plans.people import TOO_MANY, apply, begin, finished, leavers, movers, refusal, send


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def download(storage: SandboxStorage, folder: Path) -> None:
    with ContainerClient.from_connection_string(storage.connection_string, "audit") as container:
        for name in container.list_blob_names():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(container.download_blob(name).readall())


def asked(folder: Path, **wanted: object) -> list[Record]:
    return selected(records_in([folder]), {name: str(value) for name, value in wanted.items()})


def test_of_an_inline_list(host: HostProcess, box: SandboxTenant, storage: SandboxStorage, folder: Path) -> None:
    who = movers(box, 21)
    stopped = send(host, who, "other")
    assert refusal(stopped) == (422, "tooManyOverwrites")
    assert send(host, who, "boss", plan=stopped.body["planId"], X_Reason="CHG-1").status == 200
    download(storage, folder)
    write = asked(folder, event="write", objectId=box.tenant.user(who[0]).id.upper())[-1]
    approval, *writes = asked(folder, correlationId=write["correlationId"])
    assert [record["event"] for record in writes] == ["write"] * 21
    told = {"event": "apply", "code": "tooManyOverwrites", "caller": "boss", "reason": "CHG-1"}
    assert approval == approval | told
    assert "applies" not in approval


def test_of_a_job_that_a_limit_stopped(
    host: HostProcess, box: SandboxTenant, storage: SandboxStorage, folder: Path
) -> None:
    who = leavers(box, TOO_MANY)
    job = begin(host, who, "other", "async=true")
    assert finished(host, job, "other")["error"]["code"] == "tooManyRemovals"
    assert finished(host, str(apply(host, job, "lead").body["jobId"]), "lead")["status"] == "succeeded"
    download(storage, folder)
    write = asked(folder, event="write", objectId=box.tenant.user(who[0]).id)[-1]
    applied, approved = asked(folder, event="apply", jobId=write["jobId"])
    assert (applied.get("code"), approved["code"]) == (None, "tooManyRemovals")
    assert (applied["caller"], approved["caller"]) == ("lead", "lead")
    assert (applied["applies"], approved["applies"]) == (job, job)
    assert applied["appliesCaller"] == "other"
    (sent,) = asked(folder, event="refusal", jobId=approved["applies"])
    assert (sent["caller"], sent["code"]) == ("other", "tooManyRemovals")


def test_of_a_dry_run_within_the_limits(
    host: HostProcess, box: SandboxTenant, storage: SandboxStorage, folder: Path
) -> None:
    who = movers(box, 1)
    job = begin(host, who, "other")
    assert finished(host, job, "other")["status"] == "succeeded"
    assert finished(host, str(apply(host, job, "lead").body["jobId"]), "lead")["status"] == "succeeded"
    download(storage, folder)
    write = asked(folder, event="write", objectId=box.tenant.user(who[0]).id)[-1]
    (applied,) = asked(folder, event="apply", jobId=write["jobId"])
    assert (applied["caller"], applied["applies"], applied["appliesCaller"]) == ("lead", job, "other")
    assert asked(folder, jobId=job) == []
