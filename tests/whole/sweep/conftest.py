"""Hosts for sweeps, which share one storage account and one durable state: each `start` is the next life of the app."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.host import HostProcess, Switches
from sandbox.tenant import SandboxTenant
from tests.whole.conftest import environment
from tests.whole.jobs.conftest import Machine
from tests.whole.plans.people import callers, put_secrets


class Sweeping(Machine):
    def __init__(self, folder: Path, stack: ExitStack, box: SandboxTenant) -> None:
        super().__init__(folder, stack)
        self._box = box

    def host(self, switches: Switches | None = None, **settings: str) -> HostProcess:
        return self.start(environment(self._box, {"CALLERS": callers(), **settings}), switches)


@pytest.fixture
def sweeping(tmp_path: Path, box: SandboxTenant) -> Iterator[Sweeping]:
    put_secrets(box)
    with ExitStack() as stack:
        yield Sweeping(tmp_path, stack, box)
