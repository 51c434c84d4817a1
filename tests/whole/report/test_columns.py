"""Every column, against a tenant built by hand."""

from sandbox.tenant import SandboxTenant
from tests.whole.report.conftest import Reports
from tests.whole.report.tenant import PEOPLE, expected, upn

EVERYBODY = [upn(name) for name, _, _ in PEOPLE]


def test_every_column_of_every_user(reports: Reports, box: SandboxTenant) -> None:
    box.tenant.clear_requests()
    body = reports.result(*EVERYBODY)
    rows = {row.pop("userPrincipalName"): row for row in body["results"]}
    assert list(rows) == EVERYBODY
    for name, row in expected().items():
        assert rows[name] == {**row, "userId": box.tenant.user(name).id}, name
    assert body["notes"] == []
    assert box.tenant.writes() == []
    # Only those of whom the report says that they have a phone were asked about theirs.
    asked = {record.user for record in box.tenant.calls(path_contains="/authentication/phoneMethods")}
    assert asked == {name for name, row in expected().items() if any("Phone" in each for each in row["methods"])}


def test_figures_count_what_the_rows_say(reports: Reports) -> None:
    figures = reports.result(*EVERYBODY)["figures"]
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
    job_id = reports.made(upn("only"), upn("missing"), upn("nobody"))
    answer = reports.get(job_id, "/result", accept="text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="phone-methods-report-')
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert list(rows[0]) == ["userPrincipalName", "userId", "status", "code", "message", *COLUMNS]
    assert [rows[0][name] for name in COLUMNS] == [
        *("mobile +46 *******06", "mobile +46 *******07", "true", "true", "mobilePhone; email", "true", "false"),
        *("true", "false", "2027-02-01", "SE", "true", "false", "false"),
    ]
    assert (rows[2]["registered"], rows[2]["retiresOn"], rows[2]["drift"]) == ("", "", "false")
