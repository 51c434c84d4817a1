"""`services.Parts` on blobs beside the other blobs of a job: {job}/survey/{name}. They go with the job."""

from shared.records.blobs import Blobs


class BlobParts:
    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def get(self, job_id: str, name: str) -> bytes | None:
        found = self._blobs.read(_place(job_id, name))
        return None if found is None else found.content

    def put(self, job_id: str, name: str, content: bytes) -> None:
        self._blobs.put_new(_place(job_id, name), content)


def _place(job_id: str, name: str) -> str:
    return f"{job_id}/survey/{name}.json"
