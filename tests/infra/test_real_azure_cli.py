"""The scripts from end to end with the real Azure CLI: they print and write the same as with the stand-in. `--long`."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.infra.azure_services import NEEDS_IT
from tests.infra.scripts import SHELLS, Operator
from tests.infra.stand_in import CLIENT
from tests.infra.test_grant_script import OTHERS, SERVICE_ACCOUNT
from tests.infra.test_secrets_script import TYPED

OLD = '[{"name": "iam",\n "rights": ["reconcile"]}]'
APPLICATION = {"GRAPH_AUTH": "client_secret", "CLIENT_ID": CLIENT, "PROTECT_ADMINISTRATORS": "off"}
HANDSHAKE = ("secrets", "--rotate", "webhook-handshake")
TOURS: list[tuple[dict[str, str], list[tuple[str, ...]]]] = [
    ({"CALLERS": OLD}, [("secrets",), ("caller", "hr-system"), ("caller", "hr-system"), HANDSHAKE, HANDSHAKE]),
    (APPLICATION, [("secrets",), (*HANDSHAKE, "--leaked"), ("grant",), ("grant", "--report", "--what-if")]),
    (SERVICE_ACCOUNT, [("secrets",), ("grant",), ("grant", "--report"), ("grant", "--report")]),
]


def tour(operator: Operator, runs: list[tuple[str, ...]]) -> list[Any]:
    """What each run ended with and printed, and what the tenant became. What is random or a date is left out."""
    operator.change(consents=OTHERS)
    told: list[Any] = []
    for script, *options in runs:
        done = operator.run(script, *options, typed=TYPED)
        state = operator.state
        text = done.out if done.code == 0 else done.out + done.err.splitlines()[-1]
        for secret in state["vault"].values():
            secret["value"] = len(secret["value"])
            secret["expires"] = (secret["expires"] or "")[:10]
        told += [(script, done.code, re.sub("[0-9a-f]{64}", "random", text)), state]
    return told


@pytest.mark.long
@NEEDS_IT
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("settings", "runs"), TOURS)
def test_with_the_real_cli_the_scripts_do_the_same_as_with_the_stand_in(
    shell: str, settings: dict[str, str], runs: list[tuple[str, ...]], tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("stand-in", "real")]
    for folder in folders:
        folder.mkdir()
    played, real = [Operator(shell, folder, settings) for folder in folders]
    with real.with_real_az():
        found = tour(real, runs)
    assert found == tour(played, runs)
