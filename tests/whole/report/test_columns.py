"""Every column, against a tenant built by hand."""

import csv
import io

from sandbox.tenant import SandboxTenant
from shared.core.survey.rows import COLUMNS
from tests.whole.report.conftest import Reports
from tests.whole.report.tenant import PEOPLE, expected, upn

EVERYBODY = [upn(name) for name, _, _ in PEOPLE]


def test_every_column_of_every_user(reports: Reports, box: SandboxTenant) -> None:
    box.tenant.clear_requests()
    body = reports.get(reports.of_everybody(), "/result").body
    rows = {row.pop("userPrincipalName"): row for row in body["results"]}
    assert list(rows) == EVERYBODY
    for name, row in expected().items():
        assert rows[name] == {**row, "userId": box.tenant.user(name).id}, name
    assert body["notes"] == []
    assert box.tenant.writes() == []


def test_only_those_who_have_a_phone_are_asked_about_it(reports: Reports, box: SandboxTenant) -> None:
    """As far as the registration report knows."""
    box.tenant.clear_requests()
    reports.made(*EVERYBODY)
    asked = {record.user for record in box.tenant.calls(path_contains="/authentication/phoneMethods")}
    assert asked == {name for name, row in expected().items() if any("Phone" in each for each in row["methods"])}


def test_figures_count_what_the_rows_say(reports: Reports) -> None:
    figures = reports.get(reports.of_everybody(), "/result").body["figures"]
    rows = list(expected().values())
    assert (figures["users"], figures["failed"]) == (len(rows), 0)
    for name in ("drift", "smsSignIn", "phoneOnly", "phishingResistant", "smsPolicy", "voicePolicy", "sharedNumber"):
        assert figures[name] == sum(row[name] is True for row in rows), name
    for date, found in figures["retires"].items():
        affected = [row for row in rows if row["retiresOn"] == date]
        assert (found["users"], found["phoneOnly"]) == (len(affected), sum(row["phoneOnly"] for row in affected))
    assert figures["countries"][0] == {
        **{"country": "FR", "users": 6, "phoneOnly": 6, "2027-02-01": 3, "2027-07-01": 3}
    }
    assert sum(figures["states"].values()) == len(rows)


def test_the_same_as_a_table_for_spreadsheets(reports: Reports) -> None:
    answer = reports.get(reports.of_everybody(), "/result", accept="text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="phone-methods-report-')
    table = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    rows = {row["userPrincipalName"]: row for row in table}
    assert table.fieldnames == ["userPrincipalName", "userId", "status", "code", "message", *COLUMNS]
    assert [rows[upn("only")][name] for name in COLUMNS] == [
        *("mobile +46 *******86", "mobile +46 *******87", "true", "true", "mobilePhone; email", "true", "false"),
        *("true", "false", "2027-02-01", "SE", "true", "false", "false"),
    ]
    nobody = rows[upn("nobody")]
    assert (nobody["registered"], nobody["retiresOn"], nobody["drift"]) == ("", "", "false")
