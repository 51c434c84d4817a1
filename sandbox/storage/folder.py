"""Containers and blobs in a folder: one file for each blob, which is there whole or not at all."""

import hashlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

_SUFFIX = ".blob"
T = TypeVar("T")


@dataclass(frozen=True)
class Properties:
    """What is known about a blob. `etag` stands in quotes, `modified` is an HTTP date. `blocks`: of an append blob."""

    name: str
    size: int
    etag: str
    modified: str
    content_type: str
    metadata: Mapping[str, str]
    kind: str = "BlockBlob"
    blocks: int = 0


class Folder:
    """A file begins with a line of JSON, the properties; its name is a hash, because a blob's may be anything.

    `check` is asked about the blob as it is, or None, right before it is changed, and may raise.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.RLock()
        root.mkdir(parents=True, exist_ok=True)

    def has(self, container: str) -> bool:
        return (self._root / container).is_dir()

    def create(self, container: str) -> bool:
        """Tells whether the container is new."""
        with self._lock:
            new = not self.has(container)
            (self._root / container).mkdir(exist_ok=True)
            return new

    def remove(self, container: str) -> None:
        with self._lock:
            for file in (self._root / container).iterdir():
                file.unlink()
            (self._root / container).rmdir()

    def put(
        self,
        container: str,
        name: str,
        data: bytes,
        content_type: str,
        metadata: Mapping[str, str],
        check: Callable[[Properties | None], None],
        kind: str = "BlockBlob",
    ) -> Properties:
        written = Properties(name, len(data), _new_etag(), http_date(), content_type, dict(metadata), kind)
        with self._lock:
            check(self.properties(container, name))
            self._write(container, written, data)
        return written

    def append(self, container: str, name: str, data: bytes, check: Callable[[Properties], None]) -> Properties | None:
        """One block behind the others; None if there is no such blob."""
        with self._lock:
            found = self.read(container, name)
            if found is None:
                return None
            properties, before = found
            check(properties)
            size, blocks = len(before) + len(data), properties.blocks + 1
            written = replace(properties, size=size, blocks=blocks, etag=_new_etag(), modified=http_date())
            self._write(container, written, before + data)
        return written

    def _write(self, container: str, properties: Properties, data: bytes) -> None:
        target = self._file(container, properties.name)
        unfinished = target.with_suffix(f".{uuid.uuid4().hex}")
        with unfinished.open("wb") as file:
            file.write(json.dumps(asdict(properties)).encode() + b"\n" + data)
        os.replace(unfinished, target)

    def delete(self, container: str, name: str, check: Callable[[Properties | None], None]) -> None:
        with self._lock:
            check(self.properties(container, name))
            self._file(container, name).unlink()

    def properties(self, container: str, name: str) -> Properties | None:
        return self._read(container, name, _read_properties)

    def read(self, container: str, name: str) -> tuple[Properties, bytes] | None:
        return self._read(container, name, lambda file: (_read_properties(file), file.read()))

    def list(self, container: str, prefix: str) -> list[Properties]:
        """In the order of the names."""
        with self._lock:
            return sorted(self._matching(container, prefix), key=lambda found: found.name)

    def _read(self, container: str, name: str, how: Callable[[BinaryIO], T]) -> T | None:
        """Under the lock, because Windows does not replace a file that is open."""
        try:
            with self._lock, self._file(container, name).open("rb") as file:
                return how(file)
        except FileNotFoundError:
            return None

    def _matching(self, container: str, prefix: str) -> Iterator[Properties]:
        for path in (self._root / container).glob(f"*{_SUFFIX}"):
            with path.open("rb") as file:
                found = _read_properties(file)
            if found.name.startswith(prefix):
                yield found

    def _file(self, container: str, name: str) -> Path:
        return self._root / container / (hashlib.sha256(name.encode()).hexdigest() + _SUFFIX)


def _new_etag() -> str:
    return f'"0x{uuid.uuid4().hex[:15].upper()}"'


def http_date() -> str:
    return format_datetime(datetime.now(UTC), usegmt=True)


def _read_properties(file: BinaryIO) -> Properties:
    return Properties(**json.loads(file.readline()))
