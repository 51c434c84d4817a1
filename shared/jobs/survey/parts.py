"""What the activities of a report leave for each other, on blobs beside the other blobs of a job: {job}/survey/{name}.

The object ids of its users: the registration report lags, and has users under the names they had then. Of a job that
has listed its users they are known. Those of users by name are read and stored, chunk by chunk.

What is known of the tenant as a whole. That is loaded once for a job and process, and let go when nobody has asked for
it for a while.
"""

import functools
import json
import threading
from collections.abc import Container, Mapping
from dataclasses import dataclass

from shared.core.models import Stop, Target
from shared.core.plan_id import MAY_PASS
from shared.core.report import Json
from shared.core.survey.phones import SeenPhone, from_json
from shared.core.survey.tenant import Audience, Note, Tenant
from shared.deadline import Deadline
from shared.records.blobs import Blobs
from shared.services import Job, Parts, Services

TENANT = "tenant"
# Those that the registration report fills.
COLUMNS = ("methods", "phoneOnly", "phishingResistant")
# Facts about 200,000 users take a tenth of a gigabyte, and the process of an app with nothing to do lives on. This is
# longer than an activity takes, so that a job loads them once.
KEPT_S = 300.0
_lock = threading.Lock()
_forgetting: threading.Timer | None = None
_UNFINISHED = "The registration report could not be read completely within JOB_PATIENCE_MINUTES."


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


def known_ids(services: Services, job: Job, chunk: int) -> dict[Target, str] | None:
    """Without the users whom nobody could read. None: they have not been read yet. Raises StorageUnavailable."""
    if job.scope:
        return {target: user.id for target, user in services.store.listed_users(job.id, chunk).items()}
    content = services.parts.get(job.id, _ids_name(chunk))
    if content is None:
        return None
    found = zip(services.store.users(job.id, chunk), json.loads(content), strict=True)
    return {target: user_id for target, user_id in found if user_id is not None}


def read_ids(services: Services, job: Job, chunk: int, deadline: Deadline) -> bool:
    """Stores them, and says whether Graph answered for anybody. One user who cannot be read does not hold up the
    others. Raises ServiceError."""
    users = services.survey.users(list(services.store.users(job.id, chunk)), deadline)
    if all(isinstance(user, Stop) and user.code in MAY_PASS for user in users):
        return False
    ids = [None if isinstance(user, Stop) else user.id for user in users]
    services.parts.put(job.id, _ids_name(chunk), json.dumps(ids).encode())
    return True


def _ids_name(chunk: int) -> str:
    return f"ids-{chunk:06}"


@dataclass(frozen=True, slots=True)
class Registered:
    """Of a user in the registration report. `phones` None: not read yet."""

    methods: tuple[str, ...]
    phones: tuple[SeenPhone, ...] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """`registered`: by object id, of the users who were looked for. None: Graph does not tell."""

    tenant: Tenant
    registered: Mapping[str, Registered] | None

    def of(self, user_id: str, looked_for: Container[str]) -> Registered | None:
        """Who was looked for and is not there has registered nothing; of anybody else nothing is known."""
        if self.registered is None:
            return None
        return self.registered.get(user_id, _NOTHING if user_id in looked_for else None)


_NOTHING = Registered((), ())


def page_name(number: int) -> str:
    return f"registered-{number:06}"


def facts(parts: Parts, job: Job) -> Facts:
    """Raises StorageUnavailable."""
    with _lock:
        found = _load(parts, job.id, job.created_at)
        _forget_later()
        return found


def _forget_later() -> None:
    """Whoever asks puts it off."""
    global _forgetting
    if _forgetting is not None:
        _forgetting.cancel()
    _forgetting = threading.Timer(KEPT_S, _load.cache_clear)
    _forgetting.daemon = True
    _forgetting.start()


@functools.lru_cache(maxsize=2)
def _load(parts: Parts, job_id: str, created_at: str) -> Facts:  # noqa: ARG001 - an id can be used anew
    found: dict[str, Registered] = {}
    stored = json.loads(parts.get(job_id, TENANT) or "{}")
    notes = [_note(note) for note in stored.get("notes", [])]
    # Most users have methods that others have as well: these share one tuple.
    same: dict[tuple[str, ...], tuple[str, ...]] = {}
    is_whole, number = False, 0
    while not is_whole and (content := parts.get(job_id, page_name(number))) is not None:
        page = json.loads(content)
        for user_id, names, phones in page["entries"]:
            methods = tuple(names)
            known = None if phones is None else from_json(phones)
            found[user_id] = Registered(same.setdefault(methods, methods), known)
        notes += [_note(note) for note in page["notes"]]
        is_whole, number = page["next"] is None, number + 1
    if not is_whole:
        notes.append(Note(COLUMNS, "deadline", _UNFINISHED))
    is_told = not any("methods" in note.columns for note in notes)
    sms, voice, administrators = (_audience(stored.get(name)) for name in ("sms", "voice", "administrators"))
    tenant = Tenant(sms, voice, administrators, tuple(notes))
    return Facts(tenant, found if is_told else None)


def _audience(stored: Json | None) -> Audience | None:
    if stored is None:
        return None
    ids = stored["ids"]
    return Audience(frozenset(map(str, ids) if isinstance(ids, list) else ()), stored["everybody"] is True)


def _note(stored: Json) -> Note:
    columns = stored["columns"]
    return Note(tuple(columns) if isinstance(columns, list) else (), str(stored["code"]), str(stored["detail"]))
