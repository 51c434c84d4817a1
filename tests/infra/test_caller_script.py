"""infra/caller.sh and .ps1: key, secret and entry of a new caller, shown once."""

import json
import re
from pathlib import Path

import pytest

from shared.settings.callers import read_callers
from tests.infra.scripts import SHELLS, THOROUGH, Done, Operator, first_in_both

EACH = pytest.mark.parametrize("shell", SHELLS)
MORE = pytest.mark.parametrize("shell", THOROUGH)
OLD = '[{"name": "iam", "rights": ["reconcile"]}]'


def shown(done: Done, header: str) -> str:
    found = re.findall(rf"^{header}:? +(\S+)$", done.out, re.MULTILINE)
    assert len(found) == 1, done.out
    return str(found[0])


@pytest.mark.parametrize(
    ("shell", "before"), first_in_both([json.dumps(json.loads(OLD), indent=2), OLD, "", "[]", OLD.replace(" ", "\t")])
)
def test_a_caller_gets_key_secret_and_entry_and_they_are_shown_once(shell: str, before: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"CALLERS": before})
    dry = operator.run("caller", "helpdesk", "--what-if")
    assert (dry.code, dry.err) == (0, "")
    assert (operator.state["vault"], operator.state["keys"], operator.state["provisions"]) == ({}, {}, 0)
    assert operator.state["settings"]["CALLERS"] == before
    done = operator.run("caller", "helpdesk")
    assert done.code == 0, done.err
    state = operator.state
    faults: list[str] = []
    callers = {caller.name: caller for caller in read_callers(state["settings"]["CALLERS"], faults)}
    assert faults == []
    assert callers.keys() == ({"iam", "helpdesk"} if "iam" in before else {"helpdesk"})
    assert callers["helpdesk"].rights == {"reconcile", "read"}
    secret = state["vault"]["webhook-caller-helpdesk"]
    assert secret["expires"]
    assert shown(done, "Message") == f"helpdesk.{secret['value']}"
    assert shown(done, "x-functions-key") == state["keys"]["helpdesk"]
    assert shown(done, "address") == state["settings"]["WEBHOOK_URL"]
    assert state["provisions"] == 1
    assert [value for value in operator.values() if value in operator.command_lines() + done.err] == []
    assert [done.out.count(value) for value in operator.values()] == [1, 1]

    again = operator.run("caller", "helpdesk")
    assert again.code == 0
    assert "already exists" in again.out
    assert "To see its function key: az functionapp keys list --resource-group rg-contoso-mfa" in again.out
    assert operator.state == state
    assert [value for value in operator.values() if value in again.out + again.err] == []
    assert operator.leftovers == []


@EACH
def test_rights_and_signing_are_written_as_asked(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"HANDSHAKE_HEADER": "x-proof"})
    done = operator.run("caller", "hr-system", "--rights", "reconcile,approve", "--signed")
    assert done.code == 0, done.err
    entry = {"name": "hr-system", "rights": ["reconcile", "approve"], "signed": True}
    assert json.loads(operator.state["settings"]["CALLERS"]) == [entry]
    assert shown(done, "webhook-caller") == "hr-system"
    assert shown(done, "signing secret") == operator.state["vault"]["webhook-caller-hr-system"]["value"]
    plain = operator.run("caller", "helpdesk")
    assert shown(plain, "x-proof").startswith("helpdesk.")


@EACH
def test_a_caller_that_was_removed_is_added_again_also_after_a_step_that_failed(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"CALLERS": OLD})
    old = {"value": "old", "expires": "2027-01-01T00:00:00Z", "enabled": False}
    operator.change(vault={"webhook-caller-helpdesk": old}, fails=["azd provision"])
    assert operator.run("caller", "helpdesk").code == 1
    operator.change(fails=[])
    done = operator.run("caller", "helpdesk")
    assert done.code == 0, done.err
    secret = operator.state["vault"]["webhook-caller-helpdesk"]
    assert secret["enabled"]
    assert shown(done, "Message") == f"helpdesk.{secret['value']}" != "helpdesk.old"
    assert (operator.state["provisions"], [*operator.state["keys"]]) == (1, ["helpdesk"])


@EACH
@pytest.mark.parametrize("signed", [True, False])
def test_the_entry_of_a_listed_caller_decides_how_it_proves_itself(shell: str, signed: bool, tmp_path: Path) -> None:
    entry = f'{{"rights": ["read"],\n  "signed": {str(signed).lower()}, "name": "hr-system"}}'
    operator = Operator(shell, tmp_path, {"CALLERS": f"[{entry}, {OLD[1:]}"})
    done = operator.run("caller", "hr-system", "--rights", "explicit", *([] if signed else ["--signed"]))
    assert done.code == 0, done.err
    assert "hr-system is already in CALLERS; its entry stays as it is" in done.out
    value = operator.state["vault"]["webhook-caller-hr-system"]["value"]
    if signed:
        assert shown(done, "signing secret") == value
    else:
        assert shown(done, "Message") == f"hr-system.{value}"
    assert operator.state["settings"]["CALLERS"] == f"[{entry}, {OLD[1:]}"


@EACH
def test_an_entra_caller_gets_no_secret(shell: str, tmp_path: Path) -> None:
    entra = '{"name": "iam", "rights": ["read"], "entraObjectId": "1a300000-0000-4000-8000-0000000001a3"}'
    operator = Operator(shell, tmp_path, {"CALLERS": f'[{entra}, {{"name": "feed", "rights": ["read"]}}]'})
    done = operator.run("caller", "iam")
    assert (done.code, done.err.strip()) == (1, "iam is an Entra caller and needs no secret.")
    assert (operator.state["vault"], operator.state["keys"], operator.state["provisions"]) == ({}, {}, 0)
    assert operator.run("caller", "feed", "--what-if").code == 0


@MORE
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["Help Desk"], "is not a valid caller name"),
        (["webhook-x"], "is not a valid caller name"),
        (["x-previous"], "is not a valid caller name"),
        (["sweep"], "is not a valid caller name"),
        (["helpdesk\n"], "is not a valid caller name"),
        (["a" * 41], "40"),
        (["helpdesk", "--rights", "reconcile,everything"], "everything is not a right"),
        (["helpdesk", "--rights", "reconcile read"], "is not a right"),
        (["helpdesk", "--rights", "reconcile,"], "is not a right"),
        (["helpdesk", "--rights", "read,reconcile,read"], "read is named twice"),
        (["helpdesk", "--rights", ""], "Name at least one right"),
    ],
)
def test_what_the_webhook_would_refuse_is_refused(
    shell: str, options: list[str], sentence: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {})
    done = operator.run("caller", *options)
    assert done.code == 1
    assert sentence in done.err
    assert "CALLERS" not in operator.state["settings"]


@MORE
@pytest.mark.parametrize(
    ("failing", "sentence"),
    [
        ("az keyvault secret list", "Key Vault Secrets Officer"),
        ("azd env set", "CALLERS was not written"),
        ("azd provision", "azd could not provision"),
        ("az functionapp keys set", "made no key"),
        ("az functionapp keys list", "The function key of helpdesk could not be read. It has no secret yet. Run this"),
        ("az keyvault secret set", "The secret webhook-caller-helpdesk was not written"),
    ],
)
def test_a_step_that_fails_stops_it_with_a_sentence_and_the_next_run_finishes(
    shell: str, failing: str, sentence: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {"CALLERS": OLD})
    operator.change(fails=[failing])
    stopped = operator.run("caller", "helpdesk")
    assert stopped.code == 1
    assert sentence in stopped.err
    assert "x-functions-key" not in stopped.out
    assert operator.leftovers == []
    operator.change(fails=[])
    done = operator.run("caller", "helpdesk")
    assert done.code == 0, done.err
    assert shown(done, "Message").startswith("helpdesk.")
    assert [entry["name"] for entry in json.loads(operator.state["settings"]["CALLERS"])] == ["iam", "helpdesk"]


@EACH
def test_a_key_that_azure_does_not_show_is_a_failure_and_the_next_run_finishes(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(forgets=True)
    stopped = operator.run("caller", "hr-system")
    assert (stopped.code, "The function key of hr-system could not be read" in stopped.err) == (1, True)
    assert ("x-functions-key" in stopped.out, operator.state["vault"]) == (False, {})
    operator.change(forgets=False)
    done = operator.run("caller", "hr-system")
    assert shown(done, "x-functions-key") == operator.state["keys"]["hr-system"]


@MORE
def test_callers_that_are_no_list_are_not_overwritten(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(settings=operator.state["settings"] | {"CALLERS": "helpdesk"})
    done = operator.run("caller", "iam")
    assert done.code == 1
    assert "is not a list" in done.err
    assert operator.state["settings"]["CALLERS"] == "helpdesk"


@MORE
def test_no_caller_is_added_to_a_list_that_is_full(shell: str, tmp_path: Path) -> None:
    listed = [{"name": f"caller-{number}", "rights": ["read"]} for number in range(100)]
    operator = Operator(shell, tmp_path, {"CALLERS": json.dumps(listed, indent=1)})
    done = operator.run("caller", "helpdesk")
    assert (done.code, "CALLERS has 100 callers" in done.err) == (1, True)
    assert json.loads(operator.state["settings"]["CALLERS"]) == listed
    assert operator.run("caller", "caller-7", "--what-if").code == 0
    operator.change(settings=operator.state["settings"] | {"CALLERS": json.dumps(listed[1:])}, app={})
    assert operator.run("caller", "helpdesk").code == 0
    assert len(json.loads(operator.state["settings"]["CALLERS"])) == 100


@pytest.mark.parametrize("shell", SHELLS[1:])
def test_nothing_is_done_before_the_question_is_answered(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    before = operator.state
    # Nobody can answer here, which is an error.
    assert operator.run("caller", "helpdesk", "--confirm").code == 1
    assert operator.state == before
    assert operator.leftovers == []


@pytest.mark.parametrize("shell", SHELLS[1:])
def test_the_temporary_folder_is_no_question(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    # A dry run asks nothing else.
    done = operator.run("secrets", "--what-if", "--confirm")
    assert (done.code, operator.leftovers) == (0, []), done.err
