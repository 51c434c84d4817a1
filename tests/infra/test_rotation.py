"""infra/secrets.sh and .ps1: whom a second rotation would shut out, and what --leaked leaves for somebody to do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.infra.scripts import SHELLS, THOROUGH, Operator
from tests.infra.stand_in import CLIENT
from tests.infra.test_secrets_script import filled

EACH = pytest.mark.parametrize("shell", SHELLS)
MORE = pytest.mark.parametrize("shell", THOROUGH)
NAME, PREVIOUS = "webhook-handshake", "webhook-handshake-previous"


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")  # as az writes it


def with_previous(shell: str, folder: Path, **secret: Any) -> Operator:
    operator = filled(shell, folder)
    before = {"value": "before", "expires": in_hours(1), "enabled": True} | secret
    operator.change(vault=operator.state["vault"] | {PREVIOUS: before})
    return operator


@EACH
def test_a_second_rotation_does_not_shut_out_callers_who_still_have_time(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    assert operator.run("secrets", "--rotate", NAME).code == 0
    before = operator.state
    for options in (["--what-if"], []):
        again = operator.run("secrets", "--rotate", NAME, *options)
        assert again.code == 1
        until = before["vault"][PREVIOUS]["expires"][:10]
        assert f"{NAME} was rotated already, and callers may use its old value until {until}." in again.err
        assert f"set-attributes --vault-name kv-contoso --name {PREVIOUS} --enabled false" in again.err
        assert [value for value in operator.values() if value in again.out + again.err] == []
    assert operator.state == before
    assert operator.leftovers == []


@MORE
@pytest.mark.parametrize(
    "previous", [{"enabled": False}, {"expires": in_hours(-1)}, {"expires": None}, {"value": f"old-{NAME}"}]
)
def test_one_that_is_off_or_over_or_the_same_as_now_is_replaced(
    shell: str, previous: dict[str, Any], tmp_path: Path
) -> None:
    """The same as now: the run before made the copy, and then could not write the new value."""
    operator = with_previous(shell, tmp_path, **previous)
    done = operator.run("secrets", "--rotate", NAME)
    assert done.code == 0, done.err
    assert operator.state["vault"][PREVIOUS]["value"] == f"old-{NAME}"


@MORE
def test_one_that_ends_within_the_hour_still_counts(shell: str, tmp_path: Path) -> None:
    operator = with_previous(shell, tmp_path)
    before = operator.state
    assert operator.run("secrets", "--rotate", NAME).code == 1
    assert operator.state == before


@EACH
def test_leaked_without_a_name_is_no_run_that_does_nothing(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    done = operator.run("secrets", "--leaked")
    assert (done.code, done.out) == (1, "")
    assert "eaked needs the name of the secret" in done.err


@MORE
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("graph-client-secret", f"az ad app credential list --id {CLIENT}"),
        ("graph-client-secret", f"az ad app credential delete --id {CLIENT} --key-id"),
        ("service-account-password", "The leaked password works until you change it"),
        ("audit-key", "the tags that were made with it"),
    ],
)
def test_what_the_vault_cannot_end_is_said(shell: str, name: str, sentence: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path, GRAPH_AUTH="service_account", CLIENT_ID=CLIENT)
    password = {"value": "old", "expires": None, "enabled": True}
    operator.change(vault=operator.state["vault"] | {"service-account-password": password})
    plain = operator.run("secrets", "--rotate", name, typed="new\n\n")
    assert (plain.code, sentence in plain.out) == (0, False)
    leaked = operator.run("secrets", "--rotate", name, "--leaked", typed="newer\n\n")
    assert (leaked.code, sentence in leaked.out) == (0, True)


@EACH
def test_a_name_in_another_case_is_the_same_secret(shell: str, tmp_path: Path) -> None:
    operator = with_previous(shell, tmp_path, expires="2020-01-01T00:00:00+00:00")
    dated = operator.state["vault"][NAME] | {"expires": "2097-06-01T00:00:00+00:00"}
    operator.change(vault=operator.state["vault"] | {NAME: dated})
    operator.change(settings=operator.state["settings"] | {"HANDSHAKE_SECRET_NAME": NAME.title()})
    before = operator.state["vault"]
    done = operator.run("secrets")
    assert (done.code, operator.state["vault"]) == (0, before), done.err
    assert f"{NAME.title():28} is there, expires 2097-06-01\n" in done.out
    done = operator.run("secrets", "--rotate", NAME.upper())
    assert done.code == 0, done.err
    assert operator.state["vault"].keys() == before.keys()
    assert operator.state["vault"][PREVIOUS]["value"] == before[NAME]["value"]
    assert operator.state["vault"][NAME]["value"] != before[NAME]["value"]


@EACH
def test_so_is_that_of_a_caller_and_of_the_audit_key(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    caller = {"value": "old", "expires": None, "enabled": True}
    operator.change(vault=operator.state["vault"] | {"webhook-caller-hr": caller})
    before = operator.state["vault"]
    for name in ("webhook-caller-hr", "audit-key"):
        done = operator.run("secrets", "--rotate", name.upper(), "--leaked")
        assert done.code == 0, done.err
        assert done.out.startswith(f"{name:28} made")
        assert operator.state["vault"][name]["value"] != before[name]["value"]
    assert operator.run("secrets", "--rotate", "WEBHOOK-CALLER-HR").code == 0
    assert operator.state["vault"].keys() == before.keys() | {"webhook-caller-hr-previous"}
    refused = operator.run("secrets", "--rotate", "WEBHOOK-CALLER-HR-PREVIOUS")
    assert (refused.code, refused.out) == (1, "")
    assert "The webhook reads webhook-caller-hr-previous only until it expires." in refused.err


@EACH
def test_an_empty_name_rotates_nothing_and_is_refused(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    before = operator.state
    done = operator.run("secrets", "--rotate", "")
    assert (done.code, operator.state) == (1, before)
    assert "otate" in done.err
