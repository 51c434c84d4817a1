"""Reads what holds for the tenant as a whole: policy, roles and the registration report, page by page.

Graph gives a page of that report every two seconds. While the next page comes, the phones of the users on this one are
read, so that the slow report costs hardly any time. Only masked numbers and tags are kept.
"""

import contextvars
import json
from collections.abc import Container, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from shared.core.codes import Code
from shared.core.models import Stop
from shared.core.report import Json
from shared.core.survey import registered
from shared.core.survey.graph import Registration, RegistrationPage
from shared.core.survey.phones import seen_phones
from shared.core.survey.tenant import Note, tenant_json
from shared.deadline import Deadline
from shared.jobs.activities import CHUNK_DEADLINE_S
from shared.jobs.answers import Data, answer
from shared.jobs.frame import activity, for_report
from shared.jobs.survey.parts import COLUMNS, TENANT, known_ids, page_name, read_ids
from shared.services import Job, Services

# A page and the phones of its users take less, unless Graph hardly answers.
_FOR_A_PAGE_S = 60.0
# Of 999 users: two million. It ends a report whose last page leads to an earlier one.
MAX_PAGES = 2002

_TOO_LONG = f"Microsoft Graph gave more than {MAX_PAGES:,} pages of the registration report."
_Page = RegistrationPage | Note | Stop


@activity
def survey_tenant(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). `unfinished` grows while there is progress; it is no count of users."""
    return for_report(services, order, lambda job: _Survey(services, job).read())


class _Survey:
    def __init__(self, services: Services, job: Job) -> None:
        self._services, self._job, self._parts = services, job, services.parts
        self._deadline = Deadline(CHUNK_DEADLINE_S)

    def read(self) -> Data:
        if self._parts.get(self._job.id, TENANT) is None:
            tenant = self._services.survey.tenant(self._deadline)
            if isinstance(tenant, Stop):
                return answer([], unfinished=1)
            self._put(TENANT, tenant_json(tenant))
        number, path = 0, None
        while (content := self._parts.get(self._job.id, page_name(number))) is not None:
            number, path = number + 1, json.loads(content)["next"]
            if path is None:
                return answer([])
        if number >= MAX_PAGES:
            return self._end(number, Note(COLUMNS, Code.GRAPH_ERROR.value, _TOO_LONG))
        wanted = set[str]()
        for chunk in range(self._job.chunks):
            ids = self._ids(chunk)
            if ids is None:
                return answer([], unfinished=1 + chunk)
            wanted |= ids
        with ThreadPoolExecutor(1, thread_name_prefix="registrations") as ahead:
            return self._read_on(number, path, wanted, ahead)

    def _ids(self, chunk: int) -> set[str] | None:
        """Of the users of this chunk. None: Graph does not answer, or there is no time for more after it has."""
        ids = known_ids(self._services, self._job, chunk)
        if ids is None and read_ids(self._services, self._job, chunk, self._deadline):
            has_time = self._deadline.remaining() > _FOR_A_PAGE_S
            ids = known_ids(self._services, self._job, chunk) if has_time else None
        return None if ids is None else set(ids.values())

    def _read_on(self, number: int, path: str | None, wanted: Container[str], ahead: ThreadPoolExecutor) -> Data:
        coming = self._begin(ahead, path)
        while True:
            page = coming.result()
            if isinstance(page, Stop):
                return answer([], unfinished=1 + number)
            if isinstance(page, Note):
                return self._end(number, page)
            goes_on = (
                page.next_path is not None and self._deadline.remaining() > _FOR_A_PAGE_S and number + 1 < MAX_PAGES
            )
            if goes_on:
                coming = self._begin(ahead, page.next_path)
            entries = self._entries([each for each in page.registrations if each.user_id in wanted])
            self._put(page_name(number), {"entries": entries, "next": page.next_path, "notes": []})
            number += 1
            if self._services.store.is_cancelled(self._job.id):
                return answer([], cancelled=True)
            if not goes_on:
                return answer([], unfinished=0 if page.next_path is None else 1 + number)

    def _end(self, number: int, note: Note) -> Data:
        """In place of the next page."""
        self._put(page_name(number), {"entries": [], "next": None, "notes": [note.as_json()]})
        return answer([])

    def _begin(self, ahead: ThreadPoolExecutor, path: str | None) -> "Future[_Page]":
        read = partial(self._services.survey.registrations, path, self._deadline)
        return ahead.submit(contextvars.copy_context().run, read)

    def _entries(self, found: Sequence[Registration]) -> list[object]:
        """User id, methods, phones; these None where they could not be read, so that they will be once more."""
        with_phone = [each.user_id for each in found if registered.has_phone(each.methods)]
        phones = dict(zip(with_phone, self._services.survey.phones(with_phone, self._deadline), strict=True))
        keyed = partial(self._services.digest, self._deadline)
        entries: list[object] = []
        for each in found:
            current = phones.get(each.user_id)
            seen = () if current is None else None if isinstance(current, Stop) else seen_phones(current, keyed)
            shown = None if seen is None else [phone.as_json() for phone in seen]
            entries.append([each.user_id, list(each.methods), shown])
        return entries

    def _put(self, name: str, content: Json) -> None:
        self._parts.put(self._job.id, name, json.dumps(content).encode())
