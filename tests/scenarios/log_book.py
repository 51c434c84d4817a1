"""A day of the webhook, and the lines that it leaves in the log: for the queries of docs/queries.md."""

import json
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.storage import SandboxStorage
from sandbox.tenant import Fault, SandboxTenant
from shared.api.frame import WebRequest
from shared.api.jobs import handle_cancel
from shared.api.users import handle_list_all
from shared.jobs.nightly import log_expiry
from tests.recorded import Line
from tests.scenarios.crowd import add, number, registered
from tests.scenarios.ways import Runs, as_job
from tests.support import HANDSHAKE, Webhook

ALLOWED, PROTECTED = "9009d000-0000-4000-8000-00000000009d", "9009e000-0000-4000-8000-00000000009e"
PREVIOUS = "the-previous-handshake-not-real"
SERVICE_ACCOUNT = "svc-mfa@contoso.com"


@dataclass
class Day:
    """`why`: the reason of each user who was not updated, by correlation id and position; `jobs`: ids by what became
    of them."""

    lines: list[Line] = field(default_factory=list)
    why: dict[tuple[str, int], str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


class _Book(logging.Handler):
    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        # As the table AppTraces has it.
        if record.name.startswith("shared"):
            line = {"TimeGenerated": record.created, "SeverityLevel": record.levelno // 10 - 1}
            self._lines.append({**line, "Message": record.getMessage()})


def a_day(box: SandboxTenant, storage: SandboxStorage) -> Day:
    day = Day()
    book, logger = _Book(day.lines), logging.getLogger("shared")
    level = logger.level
    logger.addHandler(book)
    logger.setLevel(logging.INFO)
    try:
        _Calls(box, storage, day).all()
    finally:
        logger.removeHandler(book)
        logger.setLevel(level)
    return day


class _Calls:
    def __init__(self, box: SandboxTenant, storage: SandboxStorage, day: Day) -> None:
        self._box, self._storage, self._day = box, storage, day

    def _webhook(self, **settings: str) -> Webhook:
        stored = {"AzureWebJobsStorage": self._storage.connection_string}
        return Webhook({**self._box.environment(), **stored, **settings})

    def all(self) -> None:
        self._twelve_reasons()
        self._stopped_by_a_guard()
        self._as_jobs()
        self._callers()
        self._faults()
        self._night()

    def _twelve_reasons(self) -> None:
        """Each user with another one; nobody is updated but the last."""
        box, tenant = self._box, self._box.tenant
        tenant.reset()
        (empty, bad, kept, outside, differs, two, forbidden, refused, away, fine) = names = add(box, 10, "twelve")
        tenant.change_user(empty, extensionAttribute15=None)
        tenant.change_user(bad, extensionAttribute15="12")
        tenant.change_user(differs, phones={"mobile": number(90)})
        shared = add(box, 2, "shared", extensionAttribute15=number(80))
        tenant.set_group("Allowed", id=ALLOWED, members=[*names, *shared, SERVICE_ACCOUNT])
        tenant.groups[ALLOWED].members.remove(tenant.user(outside).id)
        tenant.set_group("Protected", id=PROTECTED, members=[kept])
        tenant.faults += [
            Fault("status", host="graph", method="POST", user=forbidden, status=403),
            Fault("status", host="graph", method="POST", user=refused, status=400),
            Fault("status", host="graph", method="GET", path="phoneMethods|authentication", user=away, retry_after=0),
        ]
        expected = {
            "left.the.company@contoso.com": "userNotFound",
            empty: "sourceEmpty",
            bad: "invalidNumber",
            kept: "protectedUser",
            SERVICE_ACCOUNT: "serviceAccount",
            outside: "outOfScope",
            differs: "differs",
            shared[0]: "numberShared",
            shared[1]: "numberShared",
            forbidden: "forbidden",
            refused: "graphError",
            away: "graphUnavailable",
        }
        guards = {"ALLOWED_GROUP_ID": ALLOWED, "PROTECTED_GROUP_ID": PROTECTED, "MAX_USERS_PER_NUMBER": "1"}
        service = self._webhook(**guards, ON_DIFFERENT="keep")
        entries = [*({"userPrincipalName": name} for name in (*expected, two, fine)), {"id": tenant.user(fine).id}]
        reply = service.post(entries, headers={"message": HANDSHAKE, "x-correlation-id": "crm-7"})
        codes = [*expected.values(), "added", "added", "duplicateUser"]
        assert reply.codes == codes, reply.codes
        tenant.faults.clear()
        self._day.ids |= {"twelve": reply.body["correlationId"], "fine": tenant.user(fine).id}
        self._day.ids["differs"] = tenant.user(differs).id
        for position, code in enumerate(codes):
            if code != "added":
                self._day.why[reply.body["correlationId"], position] = code

    def _stopped_by_a_guard(self) -> None:
        self._box.tenant.reset()
        names = registered(self._box, 4, shift=1)
        limits = {"MAX_OVERWRITES": "0", "MAX_OVERWRITES_PERCENT": "0"}
        reply = self._webhook(**limits).post_users(*names)
        assert reply.body["code"] == "tooManyOverwrites"
        self._planned(reply.body["correlationId"], 4, "tooManyOverwrites")
        job_id = self._job(self._webhook(**limits), names, "stopped")
        self._planned(self._request_of(job_id), 4, "tooManyOverwrites")

    def _as_jobs(self) -> None:
        self._box.tenant.reset()
        service = self._webhook()
        self._job(service, add(self._box, 3, "plain"), "done")
        self._job(service, add(self._box, 2, "dry"), "dry", query="dryRun=true")
        job_ids: list[str] = []

        def between(name: str) -> None:
            if name == "apply_chunk":
                request = WebRequest(b"", {"message": HANDSHAKE}, "", {"id": job_ids[0]}, "https://app.example.com")
                handle_cancel(request, lambda: service.services, runs)

        runs = Runs(service, between)
        start = runs.start
        runs.start = lambda job_id, order: (job_ids.append(job_id), start(job_id, order))[1]  # type: ignore[method-assign, func-returns-value]
        job_id = self._job(service, add(self._box, 2, "late"), "cancelled", runs=runs)
        self._planned(self._request_of(job_id), 2, "cancelled")

    def _callers(self) -> None:
        tenant = self._box.tenant
        tenant.reset()
        tenant.set_secret("webhook-handshake-previous", PREVIOUS, exp=int(time.time()) + 3600)
        service = self._webhook()
        (name,) = add(self._box, 1, "late")
        body = json.dumps([name]).encode()
        for handshake in (PREVIOUS, PREVIOUS, HANDSHAKE, "a-wrong-handshake-of-this-test"):
            service.post(body, headers={"message": handshake, "x-forwarded-for": "203.0.113.7"})
        read = WebRequest(b"", {"message": HANDSHAKE}, "", {"user": name}, method="GET")
        assert handle_list_all(read, lambda: service.services).status == 200
        tenant.faults.append(Fault("status", host="graph", method="GET", status=429, retry_after=0, times=3))
        self._webhook().post_users("bjorn.berg@contoso.com", query="dryRun=true")
        tenant.faults.clear()

    def _faults(self) -> None:
        tenant = self._box.tenant
        tenant.reset()
        assert self._webhook(SOURCE_ATTRIBUTE="noSuchAttribute").post_users("bjorn.berg@contoso.com").status == 500
        tenant.set_secret("service-account-password", "a-wrong-password-of-this-test")
        assert self._webhook().post_users("bjorn.berg@contoso.com").status == 502
        tenant.reset()
        service = self._webhook()
        service.post_users("bjorn.berg@contoso.com", query="dryRun=true")
        self._storage.fail(2)
        assert service.post_users("bjorn.berg@contoso.com").status == 200

    def _night(self) -> None:
        self._box.tenant.reset()
        self._box.tenant.set_secret("webhook-handshake", HANDSHAKE, exp=int(time.time()) + 864_000)
        log_expiry(self._webhook().services, datetime.now(UTC))

    def _job(self, service: Webhook, names: list[str], what: str, query: str = "", runs: Runs | None = None) -> str:
        as_job(service, names, query, runs)
        accepted = [line for line in self._told() if line.get("event") == "jobAccepted"]
        self._day.jobs[what] = accepted[-1]["jobId"]
        return self._day.jobs[what]

    def _request_of(self, job_id: str) -> str:
        return next(line["correlationId"] for line in self._told() if line.get("jobId") == job_id)

    def _planned(self, correlation_id: str, users: int, why: str) -> None:
        self._day.why |= {(correlation_id, position): why for position in range(users)}

    def _told(self) -> list[Line]:
        return [json.loads(line["Message"]) for line in self._day.lines]
