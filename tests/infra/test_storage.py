"""What jobs, records and the audit trail need of the storage account."""

import re

from shared.jobs.store import CONTAINER
from shared.records.audit import AUDIT
from shared.records.blobs import RECORDS
from shared.records.used_ids import FOLDER
from tests.infra.bicep import Deployment, Properties

BLOBS = "Storage/storageAccounts/blobServices"
IMMUTABLE = f"{BLOBS}/containers/immutabilityPolicies"


def rules(deployment: Deployment) -> dict[str, tuple[list[str], str, int]]:
    """Of each rule of the lifecycle by name: prefixes, kind of blob, and after how many days they are deleted."""
    found = {}
    for rule in deployment.properties("Storage/storageAccounts/managementPolicies")["policy"]["rules"]:
        filters, actions = rule["definition"]["filters"], rule["definition"]["actions"]
        days = actions["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]
        assert (rule["enabled"], rule["type"]) == (True, "Lifecycle")
        assert filters.keys() == {"blobTypes", "prefixMatch"}
        assert actions == {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": days}}}
        found[rule["name"]] = (filters["prefixMatch"], *filters["blobTypes"], days)
    return found


def test_old_jobs_used_ids_and_audit_blobs_go_and_nothing_else(usual: Deployment) -> None:
    """The key of the app is in the container of the records too."""
    assert rules(usual) == {
        "jobs": ([f"{CONTAINER}/"], "blockBlob", 7),
        "audit": ([f"{AUDIT}/"], "appendBlob", 365 + 30),
        "used-ids": ([f"{RECORDS}/{FOLDER}"], "blockBlob", 1),
    }


def test_the_settings_say_when_they_go(full: Deployment, template: Properties) -> None:
    days, audit_days = (template["parameters"][name]["maxValue"] for name in ("jobRetentionDays", "auditRetentionDays"))
    assert full.settings["JOB_RETENTION_DAYS"] == str(days)
    assert rules(full)["jobs"] == ([f"{CONTAINER}/"], "blockBlob", days)
    assert rules(full)["audit"] == ([f"{AUDIT}/"], "appendBlob", audit_days + 30)


def test_the_templates_make_the_container_of_the_audit_trail_and_that_of_the_package(usual: Deployment) -> None:
    names = {container["name"].rpartition("/")[2] for container in usual.of(f"{BLOBS}/containers")}
    assert names == {AUDIT, "app-package"}
    package = usual.properties("Web/sites")["functionAppConfig"]["deployment"]["storage"]["value"]
    assert re.fullmatch(
        r"\[format\('\{0\}app-package', reference\('[^']+', '[\d-]+'\)\.primaryEndpoints\.blob\)\]", package
    )


def test_audit_blobs_can_be_appended_to_and_not_changed_for_a_year(usual: Deployment) -> None:
    policy = usual.one(IMMUTABLE)
    assert policy["id"].partition("/immutabilityPolicies")[0].endswith(f"/containers/{AUDIT}")
    # Microsoft Learn, "Allow protected append blobs writes": without it no line can be added.
    assert policy["properties"] == {"immutabilityPeriodSinceCreationInDays": 365, "allowProtectedAppendWrites": True}


def test_a_locked_policy_is_left_alone(full: Deployment) -> None:
    assert full.of(IMMUTABLE) == []


def test_deleted_blobs_and_containers_can_be_had_back_for_a_week(usual: Deployment) -> None:
    assert usual.properties(BLOBS, "/default") == {
        "deleteRetentionPolicy": {"enabled": True, "days": 7},
        "containerDeleteRetentionPolicy": {"enabled": True, "days": 7},
    }
