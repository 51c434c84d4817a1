"""docs/migrate.md: what it says to send is taken as it stands there, and the runbook that forwards does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.docs.pages import page
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.calls import Answer, call, handshake, runbook
from tests.whole.conftest import CHECKOUT

BJORN = "bjorn.berg@contoso.com"
MIA = "mia.manymethods@contoso.com"
PWSH = shutil.which("pwsh")
NEEDS_PWSH = pytest.mark.skipif(PWSH is None, reason="PowerShell 7 (pwsh) is not on the PATH")
SHIM = CHECKOUT / "examples" / "runbook-shim.ps1"
# As IdentityIQ writes a plan: a header with a document type, and attributes that are its own.
IDENTITYIQ = f"""\
<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE ProvisioningPlan PUBLIC "sailpoint.dtd" "sailpoint.dtd">
<ProvisioningPlan nativeIdentity="bjorn" targetIntegration="Entra ID" trackingId="0f0e">
  <AccountRequest application="Entra ID" nativeIdentity="{BJORN}" op="Modify" targetIntegration="Entra ID">
    <AttributeRequest name="mfa_phoneNumber_mobile" op="Set" value="+46 701740690"/>
    <AttributeRequest name="department" op="Set" value="Sales"/>
  </AccountRequest>
</ProvisioningPlan>
"""


def block(language: str, start: str) -> str:
    """The one block of code of the page that begins like this."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", page("docs/migrate.md").text, re.DOTALL | re.MULTILINE)
    (found,) = [text for text in blocks if text.startswith(start)]
    return str(found)


def provision(host: HostProcess, body: str) -> Answer:
    return call(host, body.encode(), "dryRun=true", handshake(EXPLICIT_HANDSHAKE), path="/api/provision")


def forward(host: HostProcess, data: str, home: Path, *, secret: str = HANDSHAKE) -> subprocess.CompletedProcess[str]:
    """The runbook, with what Azure Automation gives it; `data` makes WebhookData of request headers and body."""
    assert PWSH is not None
    script = f"""
$ErrorActionPreference = 'Continue'
function Get-AutomationVariable {{ param($Name) [Environment]::GetEnvironmentVariable($Name) }}
$given = [pscustomobject] @{{ WebhookName = 'old'; RequestBody = $env:BODY
    RequestHeader = [pscustomobject] @{{ message = $env:HANDSHAKE; Host = 'automation' }} }}
& $env:SHIM -WebhookData {data}
"""
    return subprocess.run(
        [PWSH, "-NoProfile", "-NonInteractive", "-Command", script],
        env={
            **os.environ,
            **{"HOME": str(home), "NO_COLOR": "1", "SHIM": str(SHIM), "BODY": runbook(BJORN).decode()},
            **{"HANDSHAKE": secret, "MfaWebhookUri": f"{host.url}/api", "MfaWebhookKey": host.key},
        },
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@NEEDS_PWSH
@pytest.mark.parametrize("data", ["$given", "(ConvertTo-Json $given)"], ids=["of a webhook", "of the test pane"])
def test_the_runbook_forwards_what_it_got_and_tells_the_job(host: HostProcess, tmp_path: Path, data: str) -> None:
    done = forward(host, data, tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["JobIds"] == [told["jobId"]]
    assert call(host, method="GET", path=f"/api/jobs/{told['jobId']}").body["counts"]["users"] == 1


@NEEDS_PWSH
def test_the_runbook_fails_where_the_webhook_refuses(host: HostProcess, tmp_path: Path) -> None:
    done = forward(host, "$given", tmp_path, secret="wrong-handshake-not-real")
    assert done.returncode != 0
    assert "unauthorized" in done.stderr
    assert "wrong-handshake" not in done.stdout + done.stderr
    assert host.key not in done.stdout + done.stderr


def test_the_runbook_has_ten_lines_and_no_word_that_5_1_lacks() -> None:
    text = SHIM.read_text(encoding="ascii")
    assert len([line for line in text.splitlines() if line and not line.startswith("#")]) <= 15
    assert not re.search(r"\?\?|\?\.|&&|\|\||SkipHttpErrorCheck|AsArray|AsHashtable", text)


def test_the_plan_of_identityiq_is_taken_as_it_writes_it(explicit_host: HostProcess, box: SandboxTenant) -> None:
    answer = provision(explicit_host, IDENTITYIQ)
    assert (answer.status, answer.codes) == (200, ["planned"]), answer.text
    assert answer.body["results"][0]["ignored"] == ["department"]
    assert box.tenant.writes() == []


@pytest.mark.parametrize(("number", "status"), [("+46 701740690", 200), ("+46701740690", 200), ("", 400)])
def test_the_body_of_the_web_services_source(explicit_host: HostProcess, number: str, status: int) -> None:
    body = block("json", '{"accountRequests"').replace("$plan.nativeIdentity$", BJORN)
    answer = provision(explicit_host, body.replace("$plan.mfa_phoneNumber_mobile$", number))
    assert answer.status == status, answer.text


def test_a_remove_without_a_value_in_such_a_body_takes_away_what_is_there(explicit_host: HostProcess) -> None:
    request = {"name": "mfa_phoneNumber_mobile", "op": "Remove"}
    plan = {"accountRequests": [{"op": "Modify", "nativeIdentity": BJORN, "attributeRequests": [request]}]}
    changes = provision(explicit_host, json.dumps(plan)).body["results"][0]["changes"]
    assert [(change["method"], change["action"]) for change in changes] == [("mobile", "remove")]


@pytest.mark.parametrize("accept", ["", "text/csv"])
def test_the_file_of_the_bulk_script_is_a_dry_run_as_it_is(
    explicit_host: HostProcess, box: SandboxTenant, accept: str
) -> None:
    table = b"UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval\r\n" + BJORN.encode()
    headers = [*handshake(EXPLICIT_HANDSHAKE), ("Content-Type", "text/csv"), ("Accept", accept)]
    answer = call(explicit_host, table + b",+46 701740690,,,true,false\r\n", "dryRun=true", headers, path="/api/set")
    assert answer.status == 200, answer.text
    assert BJORN in answer.text
    assert answer.headers["content-type"].startswith(accept or "application/json")
    assert box.tenant.writes() == []


def test_rows_of_the_prefillinator_become_a_table_that_is_taken(
    explicit_host: HostProcess, box: SandboxTenant, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    columns = "employeeNumber,userName,emailAddress,phoneNumber,homePhoneNumber"
    # Carla has no phone; Bjorn has one and keeps it.
    rows.write_text(
        f"{columns}\n1,carla.diaz,c@example.com,206-555-0125,\n2,{BJORN},b@example.com,206-555-0126,\n",
        encoding="utf-8",
    )
    script = str(CHECKOUT / "examples" / "prefillinator.py")
    table = subprocess.run(
        [sys.executable, script, str(rows), "contoso.com", "US"], capture_output=True, check=True, timeout=60
    ).stdout
    headers = [*handshake(EXPLICIT_HANDSHAKE), ("Content-Type", "text/csv")]
    before = box.tenant.user(BJORN).phones
    answer = call(explicit_host, table, "", headers, path="/api/set")
    assert answer.status == 200, answer.text
    assert box.tenant.user("carla.diaz@contoso.com").phones["mobile"].number == "+1 2065550125"
    assert box.tenant.user(BJORN).phones == before


def test_a_row_without_a_user_name_is_refused_by_its_row(explicit_host: HostProcess) -> None:
    table = b"UPN,Mobile,AlternateMobile\n@contoso.com,+12065550125,\n"
    answer = call(explicit_host, table, "dryRun=true", handshake(EXPLICIT_HANDSHAKE), path="/api/set")
    assert answer.status == 400
    assert "row 2" in answer.text.lower(), answer.text
