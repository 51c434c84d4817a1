"""The blobs of jobs, in the storage account that Azure Functions itself uses.

{job}/job.json             what was accepted; written once, which is what makes a job id unique
{job}/input                the list (chunks.py)
{job}/plan/{chunk}.json    what is to be done, user by user; numbers are masked
{job}/result/{chunk}.json  what was done
{job}/cancel               a marker: begin no further user
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from shared.core.models import Target
from shared.core.report import Json
from shared.errors import JobsUnavailable
from shared.jobs.chunks import place_of, span, unpack
from shared.services import Job, Phase

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

CONTAINER = "jobs"


class BlobJobStore:
    """Raises JobsUnavailable when blob storage does not do what it is asked."""

    def __init__(self, connect: Callable[[], "ContainerClient"]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._made: ContainerClient | None = None

    def claim(self, job: Job) -> Job:
        """Writes what was accepted, unless the id is taken: then what it was taken for."""
        if self._put_new(f"{job.id}/job.json", json.dumps(asdict(job)).encode()):
            return job
        found = self.find(job.id)
        if found is None:
            raise JobsUnavailable("the record of a job vanished while it was read")
        return found

    def find(self, job_id: str) -> Job | None:
        body = self._get(f"{job_id}/job.json")
        return None if body is None else Job(**json.loads(body))

    def put_list(self, job_id: str, packed: bytes) -> None:
        self._put(f"{job_id}/input", packed)

    def users(self, job_id: str, chunk: int) -> dict[Target, tuple[str, ...]]:
        """The users of one chunk in order, with the ignored names of each."""
        name = f"{job_id}/input"
        return unpack(self._range(name, *span(self._range(name, *place_of(chunk)))))

    def put_results(self, job_id: str, phase: Phase, chunk: int, results: list[Json]) -> None:
        self._put(_place(job_id, phase, chunk), json.dumps(results).encode())

    def results(self, job_id: str, phase: Phase, chunk: int) -> list[Json] | None:
        """None where that chunk has not been dealt with."""
        body = self._get(_place(job_id, phase, chunk))
        return None if body is None else json.loads(body)

    def count_chunks(self, job_id: str, phase: Phase) -> int:
        """How many chunks have been dealt with."""
        with self._answering() as container:
            return sum(1 for _ in container.list_blob_names(name_starts_with=f"{job_id}/{phase}/"))

    def cancel(self, job_id: str) -> None:
        self._put(f"{job_id}/cancel", b"")

    def is_cancelled(self, job_id: str) -> bool:
        with self._answering() as container:
            return bool(container.get_blob_client(f"{job_id}/cancel").exists())

    def _put(self, name: str, body: bytes) -> None:
        with self._answering() as container:
            container.upload_blob(name, body, overwrite=True)

    def _put_new(self, name: str, body: bytes) -> bool:
        from azure.core.exceptions import ResourceExistsError

        with self._answering() as container:
            try:
                container.upload_blob(name, body, overwrite=False)
            except ResourceExistsError:
                return False
            return True

    def _get(self, name: str) -> bytes | None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container:
            try:
                return container.download_blob(name).readall()
            except ResourceNotFoundError:
                return None

    def _range(self, name: str, offset: int, length: int) -> bytes:
        with self._answering() as container:
            return container.download_blob(name, offset=offset, length=length).readall()

    @contextmanager
    def _answering(self) -> Iterator["ContainerClient"]:
        from azure.core.exceptions import AzureError

        try:
            yield self._container()
        except AzureError as exc:
            raise JobsUnavailable(f"blob storage failed: {type(exc).__name__}") from exc

    def _container(self) -> "ContainerClient":
        from azure.core.exceptions import ResourceExistsError

        with self._lock:
            if self._made is None:
                container = self._connect()
                with suppress(ResourceExistsError):
                    container.create_container()
                self._made = container
            return self._made


def _place(job_id: str, phase: Phase, chunk: int) -> str:
    return f"{job_id}/{phase}/{chunk:06d}.json"
