"""The sandbox that the Pester tests run against: one tenant, one host, and a relay in front of it.

`python -m tests.powershell.sandbox FILE` keeps it running, for Pester by hand: set MFA_TEST_SETTINGS to that file.
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.caller import CHECKOUT, storage_settings
from sandbox.host import HostProcess, Switches
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from sandbox.tenant.tenant import SEEDS
from shared.settings.table import SETTINGS
from tests.entra import access_token, authentication, object_id
from tests.powershell.relay import relaying
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE

RIGHTS = {
    "feed": ["reconcile", "read"],
    "board": ["reconcile", "read", "readFull", "explicit", "approve", "operate"],
}
SIGNING_SECRET = "whsec_c2FuZGJveC1zaWduaW5nLWtleS1ub3QtcmVhbA=="  # of hr-system in the seed
# No link of an answer may be followed as it is.
PUBLIC_URL = "https://public.example"


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, Any]]:
    """What the tests must know."""
    with SandboxTenant(seed=_seed()) as box, SandboxStorage() as storage:
        environment = {setting.name: "" for setting in SETTINGS} | box.environment() | storage_settings(storage)
        environment |= {
            "CALLERS": _callers(object_id(box)),
            "ALLOW_EXPLICIT_VALUES": "true",
            "INLINE_USERS": "20",
            "PUBLIC_URL": PUBLIC_URL,
            "TRUSTED_PROXIES": "1",
        }
        with (
            HostProcess(
                CHECKOUT, environment, state=folder, durable=Switches(hidden_s=1.0), app_service=authentication(box)
            ) as host,
            relaying(host.url) as relay,
        ):
            yield {
                "url": relay.url,
                "control": f"{box.control_url}/_sandbox",
                "key": host.key,
                "masterKey": host.master_key,
                "handshake": HANDSHAKE,
                "explicit": EXPLICIT_HANDSHAKE,
                **{name: f"{name}.{_secret(name)}" for name in RIGHTS},
                "signingSecret": SIGNING_SECRET,
                "token": access_token(box),
            }


def _secret(name: str) -> str:
    return f"sandbox-{name}-not-real"


def _seed() -> dict[str, Any]:
    seed: dict[str, Any] = json.loads((SEEDS / "contoso.json").read_text(encoding="utf-8"))
    seed["secrets"] += [{"name": f"webhook-caller-{name}", "value": _secret(name)} for name in RIGHTS]
    return seed


def _callers(iam: str) -> str:
    named: list[dict[str, Any]] = [{"name": name, "rights": rights} for name, rights in RIGHTS.items()]
    named.append({"name": "hr-system", "rights": ["reconcile", "explicit"], "signed": True})
    named.append({"name": "iam", "rights": ["reconcile", "read"], "entraObjectId": iam})
    return json.dumps(named)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    with serving(target.parent / "durable") as known:
        target.write_text(json.dumps(known), encoding="utf-8")
        threading.Event().wait()
