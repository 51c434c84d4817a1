"""Runs a peer as a child process."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.tenant import CHECKOUT, clean_environment

CLIENT_SECRET = "sandbox-client-secret-not-real"  # of the sandbox's own seed
_LIMIT_S = 120


class PeerFailedError(Exception):
    """The peer gave no result; the text is the end of what it wrote."""


def run_peer(
    module: str,
    options: Sequence[str],
    lists: Sequence[Sequence[str]],
    environment: Mapping[str, str],
    python: Path | None = None,
) -> dict[str, Any]:
    """The JSON that the peer prints last."""
    try:
        done = subprocess.run(
            [str(python or sys.executable), "-m", f"bench.peers.{module}", *options],
            cwd=CHECKOUT,
            env=clean_environment({**environment, "CLIENT_SECRET": CLIENT_SECRET}),
            input=json.dumps(lists),
            capture_output=True,
            encoding="utf-8",
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PeerFailedError(f"{module} took more than {_LIMIT_S} s") from None
    if done.returncode:
        raise PeerFailedError((done.stderr.strip().splitlines() or ["no word"])[-1])
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result
