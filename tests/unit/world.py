"""Services over plain data, for tests of the routes: secrets, sign-in and directory are in memory, the rest is real."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from shared.api.attempts import Attempts
from shared.api.frame import WebRequest, WebResponse
from shared.api.lists import handle_reconcile
from shared.core.desired import DirectorySource
from shared.core.models import ServiceAccount
from shared.core.plan import Policy
from shared.core.report import Json
from shared.deadline import Deadline
from shared.errors import ServiceError
from shared.jobs.store import BlobJobStore
from shared.records.app_key import AppKey
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import Access, Handshake, JobLimits, Lane, Lanes, Services
from shared.settings.callers import NamedCaller, Require
from tests.support import NoEngine
from tests.unit.people import InMemory

SECRET, EXPLICIT = "current-not-real", "explicit-not-real"
HEADERS, EXPLICIT_HEADERS = {"message": SECRET}, {"message": EXPLICIT}
OLD, NEW = "+46 701740666", "+46 701740605"

ORIGIN = "https://app.example.com"

Handle = Callable[[WebRequest, Callable[[], Services]], WebResponse]


class Door:
    """A handshake secret. The first value is the cached one, the last one what the vault holds now."""

    def __init__(self, name: str, log: list[str], *values: str) -> None:
        self._name, self._log = name, log
        self.values = [Handshake(value) for value in values]
        self.previous: Handshake | None = None
        self.reloads: list[float | None] = []
        self.trouble: ServiceError | None = None

    def __call__(self, _deadline: Deadline, reload_every_s: float | None = None) -> tuple[Handshake, Handshake | None]:
        self._log.append(self._name)
        self.reloads.append(reload_every_s)
        if self.trouble is not None:
            raise self.trouble
        return self.values[0 if reload_every_s is None else -1], self.previous


class Ids:
    """One-time ids in memory."""

    def __init__(self) -> None:
        self.used: set[tuple[str, str]] = set()
        self.trouble: ServiceError | None = None

    def claim(self, caller: str, webhook_id: str) -> bool:
        if self.trouble is not None:
            raise self.trouble
        is_new = (caller, webhook_id) not in self.used
        self.used.add((caller, webhook_id))
        return is_new

    def give_back(self, caller: str, webhook_id: str) -> None:
        self.used.remove((caller, webhook_id))


class Trail:
    """The audit trail in memory: what was recorded with each call, intents apart."""

    def __init__(self) -> None:
        self.blocks: list[list[Json]] = []
        self.intended: list[list[Json]] = []
        self.trouble: ServiceError | None = None

    @property
    def records(self) -> list[Json]:
        return [record for block in self.blocks for record in block]

    def note(self, records: Sequence[Json]) -> None:
        if records:
            self.blocks.append(list(records))

    def intend(self, records: Sequence[Json]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.intended.append(list(records))


class Workflows:
    """Which workflows were resumed, and how."""

    def __init__(self) -> None:
        self.resumed: list[tuple[str, bool]] = []
        self.trouble: list[ServiceError] = []
        self.waits = True

    def resume(self, path: str, _deadline: Deadline, *, is_completed: bool) -> bool:
        if self.trouble:
            raise self.trouble.pop(0)
        self.resumed.append((path, is_completed))
        return self.waits


class World:
    """`log` has the order in which vault and sign-in were used. Explicit values are off until `allow_explicit`."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.ordinary = Door("vault", self.log, SECRET)
        self.explicit = Door("explicit vault", self.log, EXPLICIT)
        self.allows_explicit = False
        self.callers: tuple[NamedCaller, ...] = ()
        self.doors: dict[str, Door] = {}
        self.require, self.believes_entra = Require.HANDSHAKE, False
        self.attempts, self.ids = Attempts(), Ids()
        self.ledger = Ledger(None, Ceilings())
        self.account: ServiceAccount | None = None
        self.sign_in_trouble: Exception | None = None
        self.directory = InMemory()
        self.key = AppKey(lambda _: None, None)
        self.trail = Trail()
        self.workflows = Workflows()
        self.words: dict[str, Any] = {}

    def allow_explicit(self) -> "World":
        self.allows_explicit = True
        return self

    def add_caller(self, caller: NamedCaller, secret: str) -> Door:
        """One with a secret."""
        self.callers += (caller,)
        self.doors[caller.name] = Door(caller.name, self.log, secret)
        return self.doors[caller.name]

    def services(self) -> Services:
        words: dict[str, Any] = {
            "public_url": None,
            "access": self.access(),
            "max_body_bytes": 2000,
            "max_users": 3,
            "deadline_s": 10,
            "policy": Policy(),
            "source": DirectorySource(remove_on_empty=True),
            "sign_in": self._sign_in,
            "directory": self.directory,
            "explicit_directory": self.directory,
            "jobs": JobLimits(inline_users=3, parallel=4, patience_minutes=60, retention_days=7, most_open=3),
            "store": BlobJobStore(_no_storage),
            "digest": self.key.digest,
            "ledger": self.ledger,
            "workflows": self.workflows,
            "audit": self.trail,
            # Of reports alone; tests/unit/jobs/survey has them.
            "survey": None,
            "parts": None,
            "pages": None,
            "changed": None,
            "sweeps": None,
            # Of /api/check; tests/unit/api/check has them.
            "probes": None,
            "logs_user_names": False,
            "secret_ends": lambda _: {},
            "lanes": Lanes(lists=Lane(2, waiting=2), jobs=Lane(1, waiting=1)),
        }
        return Services(**{**words, **self.words})

    def access(self) -> Access:
        return Access(
            handshake_header="Message",
            handshakes=self.ordinary,
            explicit_handshakes=self.explicit,
            allow_explicit=self.allows_explicit,
            callers=tuple((caller, self.doors[caller.name] if caller.secret_name else None) for caller in self.callers),
            require=self.require,
            believes_entra=self.believes_entra,
            trusted_proxies=0,
            attempts=self.attempts,
            one_time_ids=self.ids,
        )

    def _sign_in(self, _deadline: Deadline) -> ServiceAccount | None:
        self.log.append("sign-in")
        if self.sign_in_trouble is not None:
            raise self.sign_in_trouble
        return self.account

    def send(
        self,
        handle: Handle,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: str = "",
        **path: str,
    ) -> WebResponse:
        return handle(WebRequest(body, HEADERS if headers is None else headers, query, path, ORIGIN), self.services)


def reconcile_at_once(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/reconcile where no job must begin."""
    return handle_reconcile(request, services, NoEngine())


def _no_storage() -> NoReturn:
    raise AssertionError("storage was needed")


def body(response: WebResponse) -> dict[str, Any]:
    found = json.loads(response.body)
    assert isinstance(found, dict)
    return found


def code(response: WebResponse) -> str:
    return str(body(response)["code"])


def refusal(response: WebResponse) -> tuple[int, str]:
    return response.status, code(response)


def result_codes(response: WebResponse) -> list[str]:
    return [result["code"] for result in body(response)["results"]]
