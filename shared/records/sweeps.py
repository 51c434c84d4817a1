"""Where the next sweep begins: one blob, changed by one at a time."""

import json

from shared.core.sweep import SweepState
from shared.records.blobs import Blobs, Connect

BLOB = "sweep.json"


class Sweeps:
    """`connect` None: no storage is configured, and both methods raise StorageUnavailable."""

    def __init__(self, connect: Connect | None) -> None:
        self._blobs = Blobs(connect)

    def read(self) -> SweepState | None:
        """None: there has never been a sweep. A blob that holds something else is one without a link."""
        found = self._blobs.read(BLOB)
        if found is None:
            return None
        try:
            stored = json.loads(found.content)
            return SweepState(str(stored["link"]), str(stored["tracked"]), tuple(stored["jobs"]), found.version)
        except (ValueError, KeyError, TypeError):
            return SweepState("", "", (), found.version)

    def replace(self, new: SweepState, old: SweepState | None) -> bool:
        """False, and nothing is written, where another one was faster."""
        content = json.dumps({"link": new.link, "tracked": new.tracked, "jobs": new.jobs}).encode()
        if old is None or old.version is None:
            return self._blobs.put_new(BLOB, content)
        return self._blobs.replace(BLOB, content, old.version)
