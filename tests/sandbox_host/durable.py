"""Starts the app of the folder durable_app and speaks with it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.host import HostProcess, Switches
from tests.sandbox_host.conftest import send
from tests.waiting import wait_for

APP = Path(__file__).parent / "durable_app"
FINISHED = ("Completed", "Failed", "Terminated")


@dataclass(frozen=True)
class DurableApp:
    """The running app; `folder` holds what it writes."""

    host: HostProcess
    folder: Path

    def call(self, method: str, path: str, given: object = None) -> tuple[int, Any]:
        body = b"" if given is None else json.dumps(given).encode()
        answer = send(self.host, method, f"/api/{path}", body)
        return answer.status, json.loads(answer.body)

    def start(self, name: str, given: object = None, instance: str = "") -> str:
        status, started = self.call("POST", f"start/{name}/{instance}" if instance else f"start/{name}", given)
        assert status == 202, started
        return str(started)

    def status(self, instance: str, history: bool = False) -> dict[str, Any]:
        code, found = self.call("GET", f"status/{instance}?{'history=yes' if history else ''}")
        assert code == 200, found
        return dict(found)

    def finished(self, instance: str, seconds: float = 60) -> dict[str, Any]:
        return self.wait(lambda: self.status(instance), lambda found: found["runtimeStatus"] in FINISHED, seconds)

    def run(self, name: str, given: object = None) -> dict[str, Any]:
        return self.finished(self.start(name, given))

    def wait(self, look: Callable[[], Any], enough: Callable[[Any], bool], seconds: float = 60) -> Any:
        return wait_for(look, enough, seconds, explain=self.host.log)

    def runs(self) -> list[int]:
        """The number of each activity that ran, in the order in which they began."""
        file = self.folder / "runs"
        return [int(line) for line in file.read_text(encoding="utf-8").split()] if file.exists() else []

    def hold(self) -> None:
        """Let the activities that ask for it wait."""
        (self.folder / "hold").touch()

    def release(self) -> None:
        (self.folder / "hold").unlink()


@contextmanager
def durable_app(folder: Path, switches: Switches | None = None) -> Iterator[DurableApp]:
    environment = {
        "RUNS": str(folder / "runs"),
        "HOLD": str(folder / "hold"),
        "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "1",
    }
    # What a killed host was at comes back sooner than the app's host.json says.
    soon = replace(switches or Switches(), hidden_s=1.0)
    with HostProcess(APP, environment, state=folder / "state", durable=soon) as host:
        yield DurableApp(host, folder)
