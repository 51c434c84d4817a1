"""What the Functions host is told, in host.json and in the app settings, beyond what the webhook itself reads."""

import json
import re

from tests.infra.bicep import INFRA, ROOT, load

HOST = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
APP = load(INFRA / "modules" / "function-app.bicep")
MAIN = load(INFRA / "main.bicep")


def test_the_host_refuses_bodies_a_little_above_what_the_webhook_takes() -> None:
    """So that a body slightly too long gets the webhook's 413, and a much longer one costs no memory."""
    limit = re.search(r"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string\(maxBodyBytes \+ bodyHeadroomBytes\)", APP.text)
    headroom = re.search(r"^var bodyHeadroomBytes = (\d+)$", APP.text, re.M)
    assert limit is not None
    assert headroom is not None
    assert 1024 <= int(headroom[1]) <= 1_048_576
    _, given = MAIN.modules()["functionApp"]
    assert given["maxBodyBytes"] == "maxBodyBytes"
    assert "MAX_BODY_BYTES: string(maxBodyBytes)" in MAIN.text


def test_the_root_of_the_app_shows_no_page() -> None:
    assert re.search(r"^ *AzureWebJobsDisableHomepage: 'true'$", APP.text, re.M)


def test_the_durable_framework_logs_only_what_is_wrong() -> None:
    """The names are those of Microsoft Learn, "Diagnostics in Durable Functions", Durable Task Framework logging."""
    levels = HOST["logging"]["logLevel"]
    assert {name: levels[name] for name in levels if "Durable" in name} == {
        "DurableTask.AzureStorage": "Warning",
        "DurableTask.Core": "Warning",
    }


def test_a_lost_machine_holds_up_a_job_for_a_minute() -> None:
    """Microsoft Learn, "host.json settings for Durable Functions": five minutes by default, for each of the two."""
    assert HOST["extensions"]["durableTask"]["storageProvider"] == {
        "controlQueueVisibilityTimeout": "00:01:00",
        "workItemQueueVisibilityTimeout": "00:01:00",
    }


def test_sampling_drops_no_line_of_the_log() -> None:
    """Microsoft Learn, "host.json reference", applicationInsights.samplingSettings: types that are not sampled."""
    sampling = HOST["logging"]["applicationInsights"]["samplingSettings"]
    assert {"Trace", "Request", "Exception"} <= set(sampling["excludedTypes"].split(";"))
    assert "includedTypes" not in sampling
    # Lines of the app have the category Function.<name>.User.
    assert HOST["logging"]["logLevel"]["Function"] == HOST["logging"]["logLevel"]["default"] == "Information"
    # An app setting could take the place of host.json, the component could sample, a cap could end the day.
    templates = "".join(path.read_text(encoding="utf-8") for path in INFRA.rglob("*.bicep")).lower()
    for word in ("azurefunctionsjobhost__logging", "samplingpercentage", "dailyquotagb"):
        assert word not in templates
