"""What jobs need of host.json and of the storage account."""

import json
import re
from datetime import timedelta

from shared.jobs.activities import CHUNK_DEADLINE_S
from shared.jobs.store import CONTAINER
from shared.records.blobs import RECORDS
from shared.records.used_ids import FOLDER
from tests.infra.bicep import INFRA, ROOT, load

HOST = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
DURABLE = HOST["extensions"]["durableTask"]
MAIN = load(INFRA / "main.bicep")
APP = load(INFRA / "modules" / "function-app.bicep")
STORAGE = load(INFRA / "modules" / "storage.bicep")


def variable(name: str) -> int:
    found = re.search(rf"^var {name} = (\d+)$", APP.text, re.M)
    assert found is not None
    return int(found[1])


def test_an_activity_ends_before_the_host_ends_it() -> None:
    hours, minutes, seconds = map(int, HOST["functionTimeout"].split(":"))
    timeout = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert timeout - timedelta(seconds=CHUNK_DEADLINE_S) >= timedelta(seconds=60)


def test_the_history_gets_no_copies_in_the_telemetry() -> None:
    assert DURABLE["tracing"] == {"traceInputsAndOutputs": False}
    # Microsoft Learn, "Task hubs in Durable Functions": letters and digits, at most 45.
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", DURABLE["hubName"])


def test_every_activity_has_a_thread_and_orchestrators_have_others() -> None:
    assert variable("activitiesPerInstance") == DURABLE["maxConcurrentActivityFunctions"]
    threads = re.search(r"PYTHON_THREADPOOL_THREAD_COUNT: (.+)", APP.text)
    assert threads is not None
    assert threads[1] == "string(2 * activitiesPerInstance)"


def test_the_blobs_of_jobs_go_when_the_setting_says() -> None:
    assert rules()["jobs"] == ([f"{CONTAINER}/"], "jobRetentionDays")
    _, given = MAIN.modules()["storage"]
    assert given["jobRetentionDays"] == "jobRetentionDays"
    assert "JOB_RETENTION_DAYS: string(jobRetentionDays)" in MAIN.text


def test_used_ids_go_after_a_day_and_nothing_else_of_the_records() -> None:
    """The key of the app is in the same container."""
    assert rules().keys() == {"jobs", "audit", "used-ids"}
    assert rules()["used-ids"] == ([f"{RECORDS}/{FOLDER}"], 1)


def rules() -> dict[str, tuple[list[str], object]]:
    """Of each rule of the lifecycle by name: the prefixes, and after how many days their blobs are deleted."""
    found = {}
    for rule in STORAGE.declared("resources")["retention"]["config"]["properties"]["policy"]["rules"]:
        filters, actions = rule["definition"]["filters"], rule["definition"]["actions"]
        days = actions["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]
        assert rule["enabled"] is True
        kind = "appendBlob" if rule["name"] == "audit" else "blockBlob"
        assert filters == {"blobTypes": [kind], "prefixMatch": filters["prefixMatch"]}
        assert actions == {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": days}}}
        found[rule["name"]] = (filters["prefixMatch"], days)
    return found
