"""The function app of a demo, and how a demo that fails ends."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox.caller import CHECKOUT, CallError
from sandbox.host import HostError, HostProcess, Switches
from sandbox.host.sentences import sentences

# Characters of the log, from its end.
_SHOWN = 5000


class DemoError(Exception):
    """Something that the demo promises did not hold; the text says what."""


@contextmanager
def demo_host(
    environment: Mapping[str, str], state: Path | None = None, durable: Switches | None = None
) -> Iterator[HostProcess]:
    """Serves the app, and ends the process with a message when that or something in the block fails."""
    try:
        with HostProcess(CHECKOUT, environment, state=state, durable=durable) as host:
            try:
                yield host
            except (CallError, DemoError) as error:
                log = sentences(host.log())[-_SHOWN:]
                sys.exit(f"{log}\nThe demo failed: {error}. The log of the function app is above.")
    except HostError as error:
        sys.exit(f"The demo failed: {error}")
