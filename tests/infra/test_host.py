"""What the Functions host is told, in host.json and in the app settings, beyond what the webhook itself reads."""

import json
import re
from datetime import timedelta

from shared.jobs.activities import CHUNK_DEADLINE_S
from shared.jobs.frame import LIMIT_S
from tests.infra.bicep import ROOT, Deployment

HOST = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
DURABLE = HOST["extensions"]["durableTask"]


def test_the_host_refuses_bodies_a_little_above_what_the_webhook_takes(usual: Deployment, full: Deployment) -> None:
    """So that a body slightly too long gets the webhook's 413, and a much longer one costs no memory."""
    for settings in (usual.settings, full.settings):
        headroom = int(settings["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"]) - int(settings["MAX_BODY_BYTES"])
        assert 1024 <= headroom <= 1_048_576


def test_the_root_of_the_app_shows_no_page(usual: Deployment) -> None:
    assert usual.settings["AzureWebJobsDisableHomepage"] == "true"


def test_every_activity_has_a_thread_and_orchestrators_have_others(usual: Deployment) -> None:
    threads = int(usual.settings["PYTHON_THREADPOOL_THREAD_COUNT"])
    assert threads == 2 * DURABLE["maxConcurrentActivityFunctions"]


def test_an_activity_ends_before_the_host_ends_it() -> None:
    hours, minutes, seconds = map(int, HOST["functionTimeout"].split(":"))
    timeout = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert timeout - timedelta(seconds=CHUNK_DEADLINE_S) >= timedelta(seconds=60)
    # The storage client may still pause a few times before it gives up.
    assert timeout - timedelta(seconds=LIMIT_S) >= timedelta(seconds=30)
    # An exchange with Graph, the audit trail and the results fit in between.
    assert LIMIT_S - CHUNK_DEADLINE_S >= 30


def test_the_history_gets_no_copies_in_the_telemetry() -> None:
    assert DURABLE["tracing"] == {"traceInputsAndOutputs": False}
    # Microsoft Learn, "Task hubs in Durable Functions": letters and digits, at most 45.
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", DURABLE["hubName"])


def test_the_durable_framework_logs_only_what_is_wrong() -> None:
    """The names are those of Microsoft Learn, "Diagnostics in Durable Functions", Durable Task Framework logging."""
    levels = HOST["logging"]["logLevel"]
    assert {name: levels[name] for name in levels if "Durable" in name} == {
        "DurableTask.AzureStorage": "Warning",
        "DurableTask.Core": "Warning",
    }


def test_a_lost_machine_holds_up_a_job_for_a_minute() -> None:
    """Microsoft Learn, "host.json settings for Durable Functions": five minutes by default, for each of the two."""
    assert DURABLE["storageProvider"] == {
        "controlQueueVisibilityTimeout": "00:01:00",
        "workItemQueueVisibilityTimeout": "00:01:00",
    }


def test_sampling_drops_no_line_of_the_log(usual: Deployment, full: Deployment) -> None:
    """Microsoft Learn, "host.json reference", applicationInsights.samplingSettings: types that are not sampled."""
    sampling = HOST["logging"]["applicationInsights"]["samplingSettings"]
    assert {"Trace", "Request", "Exception"} <= set(sampling["excludedTypes"].split(";"))
    assert "includedTypes" not in sampling
    # Lines of the app have the category Function.<name>.User.
    assert HOST["logging"]["logLevel"]["Function"] == HOST["logging"]["logLevel"]["default"] == "Information"
    # An app setting could take the place of host.json, the component could sample, a cap could end the day.
    deployed = json.dumps([*usual.resources, *full.resources]).lower()
    for word in ("azurefunctionsjobhost__logging", "samplingpercentage", "dailyquotagb"):
        assert word not in deployed
