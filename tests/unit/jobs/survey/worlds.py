"""A world with a report: users in memory, the registration report and the policy as a test wants them, real blobs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.core.listed import ListedUser
from shared.core.models import Current, ReadScope, Stop, Target, User
from shared.core.report import Json
from shared.core.survey.graph import Registration, RegistrationPage
from shared.core.survey.tenant import Audience, Note, Tenant
from shared.deadline import Deadline
from shared.jobs.chunks import count_chunks, pack, pack_listed
from shared.jobs.store import BlobJobStore
from shared.jobs.survey.rows import report_chunk
from shared.jobs.survey.settle import SETTLED, settle_report
from shared.jobs.survey.tenant import survey_tenant
from shared.services import EVERYONE, Job, Phase
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import GONE, NO_ANSWER, InMemory

ORDER = {"jobId": JOB, "chunk": 0}


class Kept:
    """The Parts protocol over a dictionary."""

    def __init__(self) -> None:
        self.contents: dict[tuple[str, str], bytes] = {}
        self.trouble: Exception | None = None

    def get(self, job_id: str, name: str) -> bytes | None:
        if self.trouble is not None:
            raise self.trouble
        return self.contents.get((job_id, name))

    def put(self, job_id: str, name: str, content: bytes) -> None:
        self.contents.setdefault((job_id, name), content)


class Surveyed:
    """The Survey protocol over the users of an `InMemory`. `pages`: of the registration report, one path each."""

    def __init__(self, directory: InMemory) -> None:
        self._directory = directory
        self.pages: list[RegistrationPage | Note | Stop] = []
        self.found: Tenant | Stop = Tenant(Audience(everybody=True), Audience(), Audience())
        self.asked_phones: list[list[str]] = []
        self.asked_pages: list[str | None] = []
        self.trouble: Exception | None = None
        self.away: set[str] = set()  # ids of users for whom Graph does not answer

    def registered(self, **methods: Sequence[str]) -> None:
        """One more page, with these users."""
        found = (Registration(name, f"{name}@contoso.com", tuple(names)) for name, names in methods.items())
        self.pages.append(RegistrationPage(tuple(found), None))

    def registrations(self, path: str | None, deadline: Deadline) -> RegistrationPage | Note | Stop:  # noqa: ARG002
        if self.trouble is not None:
            raise self.trouble
        self.asked_pages.append(path)
        number = int(path or 0)
        page = self.pages[number]
        if isinstance(page, RegistrationPage) and number + 1 < len(self.pages):
            return RegistrationPage(page.registrations, str(number + 1))
        return page

    def tenant(self, deadline: Deadline) -> Tenant | Stop:  # noqa: ARG002
        return self.found

    def users(self, targets: Sequence[Target], deadline: Deadline) -> list[User | Stop]:
        stops = self._directory.read(targets, lambda *_: ReadScope.NONE, deadline)
        found = [snapshot.user or snapshot.stop or GONE for snapshot in stops]
        return [NO_ANSWER if isinstance(user, User) and user.id in self.away else user for user in found]

    def phones(self, user_ids: Sequence[str], deadline: Deadline) -> list[Current | Stop]:
        self.asked_phones.append(list(user_ids))
        return self._directory.methods([(user_id, ReadScope.PHONES) for user_id in user_ids], deadline)


class ReportWorld(JobWorld):
    def __init__(self, store: BlobJobStore) -> None:
        super().__init__(store)
        self.survey, self.kept = Surveyed(self.directory), Kept()
        self.words |= {"survey": self.survey, "parts": self.kept}

    def asked_for(self, *names: str) -> None:
        """A report about these users, as the route would leave it."""
        targets = [Target(f"{name}@contoso.com") for name in names]
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        chunks = count_chunks(len(targets))
        self.store.claim(Job(JOB, "f", created, len(targets), chunks, dry_run=True, is_report=True))
        self.store.put_list(JOB, pack(targets, {}))

    def listed(self, *names: str) -> None:
        """A report about everyone, who are these users."""
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.store.claim(Job(JOB, "f", created, 0, 0, dry_run=True, is_report=True, scope=EVERYONE))
        users = [(f"{name}@contoso.com", ListedUser(name, {})) for name in names]
        self.store.put_listing(JOB, len(users), pack_listed(users))

    def look(self) -> Json:
        return survey_tenant(self.services(), ORDER)

    def write_rows(self, chunk: int = 0) -> Json:
        return report_chunk(self.services(), {**ORDER, "chunk": chunk})

    def settle(self) -> Json:
        return settle_report(self.services(), ORDER)

    def rows(self, chunk: int = 0) -> dict[str, Any]:
        bodies = self.store.results(JOB, Phase.PLAN, chunk).bodies or []
        return {str(row["userPrincipalName"]).partition("@")[0]: row for row in bodies}

    def settled(self) -> Any:
        return json.loads(self.kept.get(JOB, SETTLED) or "null")
