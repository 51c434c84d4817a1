"""The functions of examples/mfa-webhook.ps1, run in PowerShell 7 under strict mode."""

from pathlib import Path

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.whole.powershell import NEEDS_PWSH, run

pytestmark = NEEDS_PWSH

BJORN = "bjorn.berg@contoso.com"


def test_a_list_of_names_and_ids_is_planned_and_then_written(
    box: SandboxTenant, explicit_host: HostProcess, tmp_path: Path
) -> None:
    carla = box.tenant.user("carla.diaz@contoso.com")
    who = f"'{BJORN}', [pscustomobject] @{{ UserPrincipalName = '{carla.id}' }}"
    planned = run(explicit_host, f"({who} | Sync-MfaPhone -WhatIf).code -join ' '", tmp_path)
    assert planned.splitlines()[-1] == "planned planned"
    assert box.tenant.writes() == []
    assert run(explicit_host, f"({who} | Sync-MfaPhone).code -join ' '", tmp_path) == "updated added\n"


def test_values_are_sent_from_objects_and_hashtables_and_only_where_there_are_some(
    box: SandboxTenant, explicit_host: HostProcess, tmp_path: Path
) -> None:
    users = f"@{{ UserPrincipalName = '{BJORN}'; mobile = '+46 701740631'; office = '' }}"
    assert run(explicit_host, f"({users} | Set-MfaMethod).changes.method", tmp_path) == "mobile\n"
    assert [(write.user, write.target) for write in box.tenant.writes()] == [(BJORN, "mobile")]


def test_a_number_that_is_not_text_is_refused_because_its_plus_sign_is_lost(
    box: SandboxTenant, explicit_host: HostProcess, tmp_path: Path
) -> None:
    users = f"[pscustomobject] @{{ UserPrincipalName = '{BJORN}'; mobile = +46701740631 }}"
    said = run(explicit_host, f'try {{ {users} | Set-MfaMethod }} catch {{ "$_" }}', tmp_path)
    assert "write it in quotes" in said
    assert box.tenant.writes() == []


def test_a_table_is_sent_as_it_is(box: SandboxTenant, explicit_host: HostProcess, tmp_path: Path) -> None:
    table = tmp_path / "numbers.csv"
    table.write_text(f"UPN,Mobile,ForcedUpdate\n{BJORN},+46 701740631,true\n", encoding="utf-8")
    assert run(explicit_host, f"(Send-MfaTable '{table}').code", tmp_path) == "updated\n"


def test_an_error_says_what_and_where_and_holds_the_whole_answer(explicit_host: HostProcess, tmp_path: Path) -> None:
    faulty = "try { 'no-name' | Sync-MfaPhone } catch { \"$_\"; $_.FullyQualifiedErrorId; $_.TargetObject.status }"
    sentence, fault, code, status = run(explicit_host, faulty, tmp_path).splitlines()
    assert sentence.startswith("400 invalidBody: ")
    assert "correlationId" in sentence
    assert fault.startswith("/0/UserPrincipalName: ")
    assert (code, status) == ("invalidBody", "400")


def test_a_refusal_without_a_list_of_faults_is_shown_under_strict_mode(
    explicit_host: HostProcess, tmp_path: Path
) -> None:
    said = run(explicit_host, f'try {{ Sync-MfaPhone {BJORN} }} catch {{ "$_" }}', tmp_path, handshake="wrong")
    assert said.startswith("401 unauthorized: ")
