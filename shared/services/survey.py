"""What a report needs beside the directory."""

from typing import Protocol


class Parts(Protocol):
    """What the activities of a report leave for each other, by name. Raises StorageUnavailable."""

    def __hash__(self) -> int: ...

    def get(self, job_id: str, name: str) -> bytes | None: ...

    def put(self, job_id: str, name: str, content: bytes) -> None:
        """The first one stands: an activity may run twice."""
        ...
