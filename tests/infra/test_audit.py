"""What the audit trail needs of the storage account: nobody changes a line of it, and few read it."""

import re

from shared.records.audit import AUDIT
from tests.infra.bicep import INFRA, load

MAIN = load(INFRA / "main.bicep")
STORAGE = load(INFRA / "modules" / "storage.bicep")
TEXT = STORAGE.text


def test_the_container_is_the_one_that_the_app_appends_to() -> None:
    assert STORAGE.declared("resources")["audit"]["config"]["name"] == AUDIT


def test_blobs_can_be_appended_to_and_not_changed_for_a_year() -> None:
    policy = STORAGE.declared("resources")["auditRetention"]["config"]
    properties = policy["config"]["properties"]
    # Microsoft Learn, "Allow protected append blobs writes": without it no line can be added.
    assert properties == {
        "immutabilityPeriodSinceCreationInDays": "auditRetentionDays",
        "allowProtectedAppendWrites": True,
    }
    assert "param auditRetentionDays int = 365" in MAIN.text


def test_a_locked_policy_is_left_alone() -> None:
    assert re.search(r"^resource auditRetention '[^']+' = if \(!auditLocked\) \{$", TEXT, re.M)
    assert "param auditLocked bool = false" in MAIN.text


def test_blobs_go_a_month_after_they_may() -> None:
    (days,) = re.findall(r"daysAfterModificationGreaterThan: (auditRetentionDays.*)", TEXT)
    assert days == "auditRetentionDays + 30"


def test_readers_read_this_container_alone_and_the_app_is_none_of_them() -> None:
    access = re.search(r"^resource auditAccess .*?^\}\]$", TEXT, re.M | re.S)
    assert access is not None
    assert "  scope: audit\n" in access[0]
    assert "principalId: auditReadersGroupId" in access[0]
    assert "for role in auditReaderRoles:" in access[0]
    assert "var auditReaderRoles = empty(auditReadersGroupId) ? [] : [" in TEXT


def test_what_main_is_given_arrives() -> None:
    _, given = MAIN.modules()["storage"]
    for name in ("auditRetentionDays", "auditLocked", "auditReadersGroupId"):
        assert given[name] == name
