"""The blobs of jobs, in the storage account that Azure Functions itself uses.

{job}/job.json             what was accepted; written once, which is what makes a job id unique
{job}/input                the list (chunks.py)
{job}/listed/{page}.json, listing.json   whom the job itself has listed: its pages, and how many users that were
{job}/swept.json           of a sweep: whom it has found, and where the next one goes on
{job}/plan/{chunk}.json    what is to be done, user by user; numbers are masked
{job}/verdict.json         what the guards have said about the whole plan; verdict-{round}.json: with late users
{job}/result/{chunk}.json  what was done
{job}/begun/{chunk}.{round}   a marker: users of this chunk may have been changed; on which version of its results
{job}/cancel, open/{caller}/{job}   markers: begin no further user; the job may be unfinished
index/{caller}/{inverted time}-{job}   one for each job of a caller, so that they are listed newest first
"""

import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from typing import Any

from shared.core.listed import ListedUser
from shared.core.models import Target
from shared.core.report import Json
from shared.core.sweep import SweepFound
from shared.errors import JobsUnavailable
from shared.jobs.bodies import tally
from shared.jobs.chunks import count_chunks, facts, listed_user, place_of, span, unpack, unpack_listed
from shared.jobs.index import folder, listed_job, position_of
from shared.jobs.weighed import pack, weighed_body
from shared.jobs.weighed import unpack as unpack_weighed
from shared.records.blobs import Blobs, Connect
from shared.services import Job, ListedJob, ListedPage, Phase, Stored, Tally, Weighed

CONTAINER = "jobs"
# What stands beside the content of a blob.
_TALLY, _WEIGHED, _ON = "tally", "weighed", "on"


class BlobJobStore:
    """Raises JobsUnavailable when blob storage does not do what it is asked."""

    def __init__(self, connect: Connect) -> None:
        self._blobs = Blobs(connect, JobsUnavailable)

    def claim(self, job: Job) -> Job:
        """Writes what was accepted, unless the id is taken: then what it was taken for."""
        if self._blobs.put_new(f"{job.id}/job.json", json.dumps(asdict(job)).encode()):
            return job
        found = self.find(job.id)
        if found is None:
            raise JobsUnavailable("the record of a job vanished while it was read")
        return found

    def find(self, job_id: str) -> Job | None:
        body = self._get(f"{job_id}/job.json")
        if body is None:
            return None
        job = _job(json.loads(body))
        listing = self._get(_listing(job_id)) if job.scope else None
        return job if listing is None else replace(job, **json.loads(listing))

    def put_list(self, job_id: str, packed: bytes) -> None:
        self._blobs.put(f"{job_id}/input", packed)

    def get_list(self, job_id: str) -> bytes | None:
        return self._get(f"{job_id}/input")

    def users(self, job_id: str, chunk: int) -> dict[Target, tuple[str, ...]]:
        """The users of one chunk in order, with the ignored names of each."""
        return unpack(self._part(job_id, chunk))

    def listed_users(self, job_id: str, chunk: int) -> dict[Target, ListedUser]:
        """The same of users whom the job has listed, as they were then."""
        return unpack_listed(self._part(job_id, chunk))

    def _part(self, job_id: str, chunk: int) -> bytes:
        name = f"{job_id}/input"
        return self._blobs.read_range(name, *span(self._blobs.read_range(name, *place_of(chunk))))

    def _get(self, name: str) -> bytes | None:
        found = self._blobs.read(name)
        return None if found is None else found.content

    def page(self, job_id: str, page: int) -> ListedPage | None:
        body = self._get(_page(job_id, page))
        if body is None:
            return None
        stored = json.loads(body)
        return ListedPage([(upn, listed_user(user)) for upn, user in stored["users"]], stored["next"])

    def put_page(self, job_id: str, page: int, content: ListedPage) -> ListedPage:
        body = {"users": [[upn, facts(user)] for upn, user in content.users], "next": content.next}
        is_first = self._blobs.put_new(_page(job_id, page), json.dumps(body).encode())
        return content if is_first else self.page(job_id, page) or content

    def put_listing(self, job_id: str, users: int, packed: bytes) -> None:
        self.put_list(job_id, packed)
        self._blobs.put(_listing(job_id), json.dumps({"users": users, "chunks": count_chunks(users)}).encode())

    def swept(self, job_id: str) -> SweepFound | None:
        """What the sweep of this job has found; None: it has not looked yet."""
        body = self._get(_swept(job_id))
        if body is None:
            return None
        stored = json.loads(body)
        users = tuple(Target(upn, user_id) for upn, user_id in stored.pop("users"))
        return SweepFound(users, **{**stored, "running": tuple(stored["running"])})

    def put_swept(self, job_id: str, found: SweepFound) -> SweepFound:
        """What stands: the first, where two look at once."""
        body = asdict(found) | {"users": [[target.upn, target.id] for target in found.users]}
        is_first = self._blobs.put_new(_swept(job_id), json.dumps(body).encode())
        return found if is_first else self.swept(job_id) or found

    def put_results(
        self,
        job_id: str,
        phase: Phase,
        chunk: int,
        results: list[Json],
        version: str | None = None,
        weighed: Sequence[Weighed | None] = (),
    ) -> bool:
        """Replaces the results of this version, or with None stores the first ones. Returns False and stores nothing if
        another version is there."""
        name, content = _place(job_id, phase, chunk), json.dumps(results).encode()
        facts = {_TALLY: json.dumps(asdict(tally(results))), **({_WEIGHED: pack(weighed)} if weighed else {})}
        if version is None:
            return self._blobs.put_new(name, content, facts)
        return self._blobs.replace(name, content, version, facts)

    def results(self, job_id: str, phase: Phase, chunk: int) -> Stored:
        found = self._blobs.read(_place(job_id, phase, chunk))
        if found is None:
            return Stored(None, None)
        text = found.facts.get(_WEIGHED)
        return Stored(json.loads(found.content), found.version, unpack_weighed(text) if text else ())

    def tallies(self, job_id: str, phase: Phase) -> dict[int, Tally]:
        """What came of every chunk that has been dealt with."""
        found = self._blobs.listed(f"{job_id}/{phase}/")
        return {_chunk_of(blob.name): self._tally(job_id, phase, _chunk_of(blob.name), blob.facts) for blob in found}

    def _tally(self, job_id: str, phase: Phase, chunk: int, facts: Mapping[str, str]) -> Tally:
        if _TALLY in facts:
            return Tally(**json.loads(facts[_TALLY]))
        # Stored before results had one.
        return tally(self.results(job_id, phase, chunk).bodies or [])

    def weighed(self, job_id: str) -> dict[int, Sequence[Weighed | None]]:
        """What the plans of all chunks count for, user by user."""
        found = self._blobs.listed(f"{job_id}/{Phase.PLAN}/")
        return {_chunk_of(blob.name): self._weighed(job_id, _chunk_of(blob.name), blob.facts) for blob in found}

    def _weighed(self, job_id: str, chunk: int, facts: Mapping[str, str]) -> Sequence[Weighed | None]:
        if _WEIGHED in facts:
            return unpack_weighed(facts[_WEIGHED])
        # Stored before plans were weighed.
        return [weighed_body(body) for body in self.results(job_id, Phase.PLAN, chunk).bodies or []]

    def verdict(self, job_id: str, round: int = 0) -> Json | None:
        """What the guards have said about the whole plan; None until they have."""
        body = self._get(_verdict(job_id, round))
        return None if body is None else json.loads(body)

    def put_verdict(self, job_id: str, verdict: Json, round: int = 0) -> Json:
        is_first = self._blobs.put_new(_verdict(job_id, round), json.dumps(verdict).encode())
        return verdict if is_first else self.verdict(job_id, round) or verdict

    def verdicts(self, job_id: str) -> list[Json]:
        """What was said in all rounds."""
        names = self._blobs.names(f"{job_id}/verdict")
        return [json.loads(body) for body in map(self._get, names) if body is not None]

    def begin(self, job_id: str, chunk: int, round: int = 0, version: str | None = None) -> None:
        """From now on users of this chunk may be changed. `version`: of the results that there are by now."""
        self._blobs.put(f"{job_id}/begun/{chunk:06d}.{round}", b"", {_ON: version} if version else None)

    def begun_on(self, job_id: str, round: int, chunk: int | None = None) -> dict[int, str]:
        """The chunks, or this one, that were begun in this round, and the version that was given ("": none)."""
        place = f"{job_id}/begun/{'' if chunk is None else f'{chunk:06d}.'}"
        now = (blob for blob in self._blobs.listed(place) if _round_of(blob.name) == round)
        return {_chunk_of(blob.name): blob.facts.get(_ON, "") for blob in now}

    def has_begun_on(self, job_id: str, chunk: int, version: str | None) -> bool:
        """Whether a run, in whichever round, has begun on this version of the results."""
        return any(blob.facts.get(_ON) == version for blob in self._blobs.listed(f"{job_id}/begun/{chunk:06d}."))

    def begun(self, job_id: str) -> set[int]:
        """The chunks of which users may have been changed."""
        return {_chunk_of(name) for name in self._blobs.names(f"{job_id}/begun/")}

    def count_chunks(self, job_id: str, phase: Phase) -> int:
        """How many chunks have been dealt with."""
        return len(self._blobs.names(f"{job_id}/{phase}/"))

    def put_index(self, caller: str, job: Job) -> None:
        """Lists a job among those of its caller. Doing it again changes nothing."""
        facts = {"users": str(job.users), "dryrun": str(job.dry_run).lower(), "report": str(job.is_report).lower()}
        self._blobs.put(f"{folder(caller)}{position_of(job)}", b"", facts)

    def listed(self, callers: Sequence[str] | None, after: str, count: int) -> list[ListedJob]:
        """The newest jobs of these callers behind the position `after` ("": from the newest on). None: everybody's."""
        known = self._blobs.folders("index/") if callers is None else callers
        found = [self._listed_of(caller, after, count) for caller in known]
        return list(islice(heapq.merge(*found, key=lambda job: job.position), count))

    def _listed_of(self, caller: str, after: str, count: int) -> list[ListedJob]:
        prefix = folder(caller)
        found = self._blobs.listed(prefix, f"{prefix}{after}" if after else "", count)
        return [listed_job(caller, blob.name.removeprefix(prefix), blob.facts) for blob in found]

    def open_jobs(self, caller: str) -> list[str]:
        """The ids of the jobs of a caller that may be unfinished."""
        prefix = f"open/{caller}/"
        return [name.removeprefix(prefix) for name in self._blobs.names(prefix)]

    def open_job(self, caller: str, job_id: str) -> None:
        self._blobs.put(f"open/{caller}/{job_id}", b"")

    def close_job(self, caller: str, job_id: str) -> None:
        self._blobs.remove(f"open/{caller}/{job_id}")

    def clear(self, job_id: str, before: datetime) -> None:
        """Removes the blobs of a job that have not been changed since then: what an earlier one of that id has left."""
        for blob in self._blobs.listed(f"{job_id}/"):
            if blob.changed_at < before:
                self._blobs.remove(blob.name)

    def cancel(self, job_id: str) -> None:
        self._blobs.put(f"{job_id}/cancel", b"")

    def is_cancelled(self, job_id: str) -> bool:
        return self._get(f"{job_id}/cancel") is not None


def _job(facts: Mapping[str, Any]) -> Job:
    """Fields of a later version are ignored, so that an update can be taken back."""
    return Job(**{name: value for name, value in facts.items() if name in Job.__dataclass_fields__})


def _chunk_of(name: str) -> int:
    return int(name.rpartition("/")[2].partition(".")[0])


def _round_of(name: str) -> int:
    return int(name.partition(".")[2] or 0)


def _verdict(job_id: str, round: int) -> str:
    return f"{job_id}/verdict{f'-{round}' if round else ''}.json"


def _listing(job_id: str) -> str:
    return f"{job_id}/listing.json"


def _swept(job_id: str) -> str:
    return f"{job_id}/swept.json"


def _page(job_id: str, page: int) -> str:
    return f"{job_id}/listed/{page:06d}.json"


def _place(job_id: str, phase: Phase, chunk: int) -> str:
    return f"{job_id}/{phase}/{chunk:06d}.json"
