"""The alert rules and the workbook: what they look for, how often, and that Azure's own language service reads it."""

import json
import re

from tests.docs.test_log import lacking
from tests.infra.bicep import Deployment, Properties
from tests.kusto import faults_of, needs_kusto

# Severity (0 is critical, 4 verbose), how often the rule looks, how far back, and how many lines are still fine.
RULES = {
    "sign-in-failed": (1, "PT15M", "PT30M", 0),
    "configuration": (1, "PT15M", "PT30M", 0),
    "unauthorized-burst": (2, "PT15M", "PT30M", 20),
    "guard-stopped": (2, "PT15M", "PT30M", 0),
    "job-failed": (2, "PT15M", "PT30M", 0),
    "sweep-failed": (2, "PT15M", "PT30M", 0),
    "protected-account": (1, "PT15M", "PT30M", 0),
    "secret-expires": (2, "P1D", "P1D", 0),
    "no-call": (2, "P1D", "P1D", 0),
}
# Azure Monitor, "Types of log search alerts" and template reference of scheduledQueryRules.
FREQUENCIES = {"PT5M", "PT10M", "PT15M", "PT30M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D"}


def rules(deployment: Deployment) -> dict[str, Properties]:
    return {rule["name"]: rule["properties"] for rule in deployment.of("Insights/scheduledQueryRules")}


def query_of(rule: Properties) -> str:
    (condition,) = rule["criteria"]["allOf"]
    text: str = condition["query"]
    return text


def workbook_queries(deployment: Deployment) -> dict[str, str]:
    """By title, with the id of a user in the place that the reader fills."""
    items = json.loads(deployment.properties("Insights/workbooks")["serializedData"])["items"]
    queries = {item["content"]["title"]: item["content"]["query"] for item in items if item["type"] == 3}
    return {title: query.replace("{User}", "1a300000-0000-4000-8000-0000000001a3") for title, query in queries.items()}


def test_each_rule_looks_as_often_as_it_should(usual: Deployment, full: Deployment) -> None:
    for deployment in (usual, full):
        found = {}
        for name, rule in rules(deployment).items():
            (condition,) = rule["criteria"]["allOf"]
            when = rule["evaluationFrequency"], rule["windowSize"]
            found[name] = (rule["severity"], *when, condition["threshold"])
            assert condition == {
                "query": query_of(rule),
                "timeAggregation": "Count",
                "operator": "GreaterThan",
                "threshold": condition["threshold"],
                "failingPeriods": {"numberOfEvaluationPeriods": 1, "minFailingPeriodsToAlert": 1},
            }
            assert set(when) <= FREQUENCIES
            # What a day finds is found again the next day; the others say it once.
            assert rule["autoMitigate"] is (rule["evaluationFrequency"] != "P1D")
        assert found == RULES


def test_a_rule_that_is_not_wanted_is_off_and_not_missing(usual: Deployment, full: Deployment) -> None:
    """What a template does not name stays as it was in Azure, so a missing rule would go on mailing."""
    off = [[name for name, rule in rules(each).items() if rule["enabled"] is not True] for each in (usual, full)]
    assert off == [["no-call"], []]
    assert rules(usual)["no-call"]["enabled"] is False


def test_each_rule_reads_the_workspace_and_tells_the_one_group(full: Deployment) -> None:
    group = full.one("Insights/actionGroups")
    for rule in full.of("Insights/scheduledQueryRules"):
        assert rule["kind"] == "LogAlert"
        assert rule["properties"]["scopes"] == [full.one("OperationalInsights/workspaces")["id"]]
        assert rule["properties"]["actions"] == {"actionGroups": [group["id"]]}
        assert 10 < len(rule["properties"]["displayName"]) < 90


def test_the_group_mails_everybody_who_is_named(usual: Deployment, full: Deployment) -> None:
    assert usual.properties("Insights/actionGroups")["emailReceivers"] == []
    group = full.properties("Insights/actionGroups")
    assert group["enabled"] is True
    assert len(group["groupShortName"]) <= 12  # Azure refuses a longer one
    addresses = [receiver["emailAddress"] for receiver in group["emailReceivers"]]
    assert addresses == ["identity@contoso.com", "night@contoso.com"]
    assert len({receiver["name"] for receiver in group["emailReceivers"]}) == 2


def test_each_rule_asks_for_fields_that_its_events_have(full: Deployment) -> None:
    assert {name: found for name, rule in rules(full).items() if (found := lacking(query_of(rule)))} == {}


@needs_kusto
def test_the_language_service_of_azure_finds_nothing_wrong_with_a_query(full: Deployment) -> None:
    queries = {name: query_of(rule) for name, rule in rules(full).items()} | workbook_queries(full)
    assert len(queries) == len(RULES) + 10
    found = faults_of(list(queries.values()))
    assert {name: faults for name, faults in zip(queries, found, strict=True) if faults} == {}


@needs_kusto
def test_the_language_service_finds_a_misspelt_column_in_each_of_them(full: Deployment) -> None:
    queries = [query_of(rule) for rule in rules(full).values()] + list(workbook_queries(full).values())
    assert all(faults_of([query.replace("Message startswith", "Mesage startswith", 1) for query in queries]))


def test_the_workbook_asks_in_the_form_that_the_portal_writes(usual: Deployment) -> None:
    book = usual.properties("Insights/workbooks")
    assert book["sourceId"] == usual.one("OperationalInsights/workspaces")["id"]
    data = json.loads(book["serializedData"])
    assert data["version"] == "Notebook/1.0"
    (parameters,) = [item["content"]["parameters"] for item in data["items"] if item["type"] == 9]
    assert [parameter["name"] for parameter in parameters] == ["TimeRange", "User"]
    names = [item["name"] for item in data["items"]]
    assert len(names) == len(set(names))
    for content in (item["content"] for item in data["items"] if item["type"] == 3):
        # 0 asks Log Analytics; the time comes from the parameter above.
        assert (content["queryType"], content["timeContextFromParameter"]) == (0, "TimeRange")
        assert content["visualization"] in ("table", "timechart")
        assert set(re.findall(r"\{(\w+)\}", content["query"])) <= {"User"}
