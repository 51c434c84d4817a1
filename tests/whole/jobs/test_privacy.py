"""What a job leaves behind: no number in full, no handshake, nothing of the body in the history."""

import re
from pathlib import Path

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.support import HANDSHAKE
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.watching import begin, names


def everything_in(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_history_and_blobs_hold_no_full_number_and_the_history_no_user(
    stored: Jobs, host: HostProcess, box: SandboxTenant
) -> None:
    who = add_people(box, 450)
    for query in ("", "dryRun=true"):
        assert begin(host, names(who), query).finished()["status"] == "succeeded"
    history, blobs = everything_in(stored.history), everything_in(stored.blobs)
    assert len(history) > 10_000
    assert who[0].upn.encode() in blobs
    assert b"+44 ********" in blobs
    digits = {
        re.sub(r"\D", "", number)[-9:] for person in who for number in (person.number, person.registered) if number
    }
    assert len(digits) > 300
    log = host.log().encode()
    for kept in (history, blobs, log):
        together = re.sub(rb"[ -]", b"", kept)
        assert [number for number in digits if number.encode() in together] == []
        assert HANDSHAKE.encode() not in kept
    for kept in (history, log):
        assert not re.search(rb"user\d{5}@", kept)
