"""infra/secrets.sh and .ps1: what they write, what they leave alone, and that nobody sees it."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.infra.scripts import SHELLS, THOROUGH, Operator, first_in_both

EACH = pytest.mark.parametrize("shell", SHELLS)
MORE = pytest.mark.parametrize("shell", THOROUGH)
TYPED = "svc-mfa@contoso.com\npass phrase $x\n\nclient~secret\n2097-03-01\n"
ASKED = {"service-account-username", "service-account-password", "graph-client-secret"}


def days_left(date: str) -> float:
    return (datetime.fromisoformat(date) - datetime.now(UTC)) / timedelta(days=1)


@pytest.mark.parametrize(
    ("shell", "settings", "typed", "names"),
    first_in_both(
        [
            ({}, "", {"webhook-handshake", "audit-key"}),
            ({"GRAPH_AUTH": "client_secret"}, "s~x\n\n", {"webhook-handshake", "audit-key", "graph-client-secret"}),
            ({"GRAPH_AUTH": "service_account"}, TYPED, {"webhook-handshake", "audit-key", *ASKED}),
            ({"ALLOW_EXPLICIT_VALUES": "true"}, "", {"webhook-handshake", "webhook-handshake-explicit", "audit-key"}),
            ({"REQUIRE": "signature"}, "", {"audit-key"}),
            ({"HANDSHAKE_SECRET_NAME": "hello"}, "", {"hello", "audit-key"}),
        ]
    ),
)
def test_it_writes_what_the_settings_need_and_a_second_run_writes_nothing(
    shell: str, settings: dict[str, str], typed: str, names: set[str], tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, settings)
    dry = operator.run("secrets", "--what-if")
    assert (dry.code, dry.err, operator.state["vault"]) == (0, "", {})
    first = operator.run("secrets", typed=typed)
    assert first.code == 0, first.err
    vault = operator.state["vault"]
    assert vault.keys() == names
    again = operator.run("secrets")
    assert again.code == 0, again.err
    assert operator.state["vault"] == vault
    seen = operator.command_lines() + dry.out + first.out + first.err + again.out + again.err
    assert [value for value in operator.values() if value in seen] == []
    assert {call["mode"] for call in operator.calls if "mode" in call} <= {"0o700"}
    assert operator.leftovers == []


@EACH
def test_what_is_made_is_random_and_what_is_typed_arrives_unchanged(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"GRAPH_AUTH": "service_account"})
    done = operator.run("secrets", typed=TYPED)
    vault = operator.state["vault"]
    made = [vault[name]["value"] for name in ("webhook-handshake", "audit-key")]
    assert [value for value in made if not re.fullmatch("[0-9a-f]{64}", value)] == []
    assert made[0] != made[1]
    assert vault["service-account-password"]["value"] == "pass phrase $x"
    written = {"value": "client~secret", "expires": "2097-03-01T00:00:00Z", "enabled": True}
    assert vault["graph-client-secret"] == written
    assert days_left(vault["webhook-handshake"]["expires"]) == pytest.approx(365, abs=0.1)
    assert days_left(vault["service-account-password"]["expires"]) == pytest.approx(365, abs=0.1)
    assert vault["service-account-username"]["expires"] is vault["audit-key"]["expires"] is None
    assert "graph-client-secret          written, expires 2097-03-01" in done.out


@MORE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("\n", "graph-client-secret is empty"),
        ("", "graph-client-secret is empty"),
        ("pässword\n\n", "outside ASCII"),
        ("pass\u212aword\n\n", "outside ASCII"),  # the Kelvin sign: a k where case is ignored
        ("good\n1 March\n", "1 March is not a future date like 2030-11-28"),
        ("good\n2097-02-29\n", "2097-02-29 is not a future date"),
        ("good\n2100-02-29\n", "2100-02-29 is not a future date"),
        ("good\n2097-11-31\n", "2097-11-31 is not a future date"),
        ("good\n2097-13-01\n", "2097-13-01 is not a future date"),
        ("good\n2097-08-00\n", "2097-08-00 is not a future date"),
        ("good\n2020-01-01\n", "2020-01-01 is not a future date"),
        ("good\n3030-02-01\n", "3030-02-01 is not a future date"),
    ],
)
def test_what_cannot_be_a_secret_is_refused(shell: str, typed: str, sentence: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"GRAPH_AUTH": "client_secret"})
    done = operator.run("secrets", typed=typed)
    assert done.code == 1
    assert sentence in done.err
    assert "graph-client-secret" not in operator.state["vault"]
    assert operator.leftovers == []


def filled(shell: str, folder: Path, **settings: str) -> Operator:
    operator = Operator(shell, folder, settings)
    names = ("webhook-handshake", "webhook-caller-helpdesk", "audit-key", "graph-client-secret")
    kept = {name: {"value": f"old-{name}", "expires": None, "enabled": True} for name in names}
    operator.change(vault=kept)
    return operator


@MORE
@pytest.mark.parametrize("name", ["webhook-handshake", "webhook-caller-helpdesk"])
def test_rotation_keeps_the_value_before_for_two_weeks(shell: str, name: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    before = operator.state["vault"]
    assert operator.run("secrets", "--rotate", name, "--what-if").code == 0
    assert operator.state["vault"] == before
    done = operator.run("secrets", "--rotate", name)
    assert done.code == 0, done.err
    vault = operator.state["vault"]
    assert vault[f"{name}-previous"]["value"] == f"old-{name}"
    assert days_left(vault[f"{name}-previous"]["expires"]) == pytest.approx(14, abs=0.1)
    assert re.fullmatch("[0-9a-f]{64}", vault[name]["value"])
    assert [value for value in operator.values() if value in operator.command_lines() + done.out + done.err] == []
    assert operator.leftovers == []


@EACH
def test_a_leaked_secret_gets_no_previous_one(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    operator.run("secrets", "--rotate", "webhook-handshake")
    done = operator.run("secrets", "--rotate", "webhook-handshake", "--leaked")
    assert done.code == 0, done.err
    vault = operator.state["vault"]
    assert vault["webhook-handshake-previous"]["enabled"] is False
    assert vault["webhook-handshake"]["value"] != vault["webhook-handshake-previous"]["value"]


@MORE
def test_the_other_secrets_rotate_without_a_previous_one(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    assert operator.run("secrets", "--rotate", "graph-client-secret", typed="new\n2027-05-01\n").code == 0
    assert operator.run("secrets", "--rotate", "audit-key").code == 0
    vault = operator.state["vault"]
    assert (vault["graph-client-secret"]["value"], len(vault["audit-key"]["value"])) == ("new", 64)
    assert [name for name in vault if name.endswith("-previous")] == []


@MORE
@pytest.mark.parametrize(
    "name", ["webhook-handshake-previous", "webhook-caller-helpdesk-previous", "no-such", "nonsense"]
)
def test_only_secrets_that_are_read_and_there_are_rotated(shell: str, name: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    operator.change(vault=operator.state["vault"] | {"nonsense": {"value": "x", "expires": None, "enabled": True}})
    if name.endswith("-previous"):
        operator.run("secrets", "--rotate", name.removesuffix("-previous"))
    before = operator.state["vault"]
    done = operator.run("secrets", "--rotate", name)
    assert done.code == 1
    assert name in done.err
    assert operator.state["vault"] == before


@MORE
def test_a_vault_in_use_hears_what_a_new_audit_key_changes(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    vault = operator.state["vault"]
    del vault["audit-key"]
    operator.change(vault=vault)
    assert "the same Idempotency-Key now starts another job" in operator.run("secrets").out


@MORE
@pytest.mark.parametrize(
    ("failing", "options", "sentence"),
    [
        ("az keyvault secret list", [], "Key Vault Secrets Officer"),
        ("az keyvault secret set", [], "The secret webhook-handshake was not written"),
        ("az keyvault secret download", ["--rotate", "webhook-handshake"], "Nothing was changed"),
    ],
)
def test_a_command_that_fails_stops_it_with_a_sentence(
    shell: str, failing: str, options: list[str], sentence: str, tmp_path: Path
) -> None:
    operator = filled(shell, tmp_path) if options else Operator(shell, tmp_path, {})
    before = operator.state["vault"]
    operator.change(fails=[failing])
    done = operator.run("secrets", *options)
    assert done.code == 1
    assert sentence in done.err
    assert operator.state["vault"] == before
    assert operator.leftovers == []


@EACH
def test_without_a_deployment_it_says_what_to_run(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"KEY_VAULT_NAME": ""})
    done = operator.run("secrets")
    assert done.code == 1
    assert "has no KEY_VAULT_NAME. Run 'azd up' first" in done.err


@EACH
def test_a_disabled_secret_counts_as_missing(shell: str, tmp_path: Path) -> None:
    operator = filled(shell, tmp_path)
    vault = operator.state["vault"]
    vault["webhook-handshake"]["enabled"] = False
    operator.change(vault=vault)
    refused = operator.run("secrets", "--rotate", "webhook-handshake")
    assert (refused.code, refused.err.strip()) == (1, "kv-contoso has no enabled secret webhook-handshake.")
    done = operator.run("secrets")
    assert done.code == 0, done.err
    found = operator.state["vault"]
    assert found["webhook-handshake"]["enabled"]
    assert re.fullmatch("[0-9a-f]{64}", found["webhook-handshake"]["value"])
    assert found["audit-key"] == vault["audit-key"]


@EACH
@pytest.mark.parametrize("date", ["2096-02-29", "2097-08-09"])
def test_an_expiry_date_may_be_any_day_to_come(shell: str, date: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"GRAPH_AUTH": "client_secret"})
    done = operator.run("secrets", typed=f"s~x\n{date}\n")
    assert done.code == 0, done.err
    assert operator.state["vault"]["graph-client-secret"]["expires"] == f"{date}T00:00:00Z"


@MORE
@pytest.mark.parametrize(
    ("script", "setting", "value"),
    [
        ("secrets", "ALLOW_EXPLICIT_VALUES", "True"),
        ("secrets", "REQUIRE", "Handshake"),
        ("secrets", "GRAPH_AUTH", "Client_Secret"),
        ("grant", "GRAPH_AUTH", "Managed_Identity"),
        ("grant", "PROTECT_ADMINISTRATORS", "Auto"),
    ],
)
def test_a_value_that_the_webhook_does_not_take_is_refused(
    shell: str, script: str, setting: str, value: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {setting: value})
    done = operator.run(script)
    assert done.code == 1
    assert f"{setting} is {value}, but must be one of: " in done.err
    assert (operator.state["vault"], operator.state["assigned"]) == ({}, [])


@EACH
@pytest.mark.parametrize(("script", "options"), [("secrets", []), ("grant", []), ("caller", ["helpdesk"])])
def test_no_file_is_left_if_nobody_reads_what_the_script_prints(
    shell: str, script: str, options: list[str], tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {})
    unread, out = os.pipe()
    os.close(unread)
    operator.run(script, *options, out=out)
    os.close(out)
    assert operator.leftovers == []


@pytest.mark.parametrize("shell", SHELLS[:1])
@pytest.mark.parametrize(("script", "options"), [("secrets", []), ("caller", ["helpdesk"])])
def test_no_empty_secret_is_written_where_the_computer_makes_none(
    shell: str, script: str, options: list[str], tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {})
    broken = tmp_path / "bin" / "od"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    done = operator.run(script, *options)
    assert (done.code, "This computer made no random secret" in done.err) == (1, True)
    assert (operator.state["vault"], operator.leftovers) == ({}, [])
