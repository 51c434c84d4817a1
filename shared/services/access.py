"""Who may call, and what is needed to find out who does."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.deadline import Deadline
from shared.settings.callers import NamedCaller, Require


@dataclass(frozen=True, slots=True)
class Handshake:
    """A value that opens the door until `expires_on` (None: no end)."""

    value: str = field(repr=False)
    expires_on: datetime | None = None


# The current handshake and, after a rotation, the previous one.
Secrets = tuple[Handshake, Handshake | None]


# Whose jobs they are that were accepted before callers had names: all of them came with the ordinary handshake.
FIRST_CALLER = "webhook-handshake"


class Handshakes(Protocol):
    """Handshake secrets, current and previous. With `reload_every_s`, Key Vault is asked again unless it was within
    that many seconds."""

    def __call__(self, deadline: Deadline, reload_every_s: float | None = None) -> Secrets: ...


class OneTimeIds(Protocol):
    """Ids of signed calls, each of which is good once. Raises StorageUnavailable."""

    def claim(self, caller: str, webhook_id: str) -> bool:
        """False if the id was used before."""
        ...

    def give_back(self, caller: str, webhook_id: str) -> None: ...


class Attempts(Protocol):
    """How often callers have failed to prove who they are, by address, in this process."""

    def wait_s(self, address: str) -> int | None:
        """None while another failure may be answered as one, else the seconds until then."""
        ...

    def note_failure(self, address: str) -> int | None:
        """Counts one more failure, unless there were too many: then as `wait_s`."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """While `allow_explicit` is false, `explicit_handshakes` may be empty. `callers` without a secret have no
    handshakes."""

    handshake_header: str
    handshakes: Handshakes
    explicit_handshakes: Handshakes
    allow_explicit: bool
    callers: tuple[tuple[NamedCaller, Handshakes | None], ...]
    require: Require
    believes_entra: bool
    trusted_proxies: int
    attempts: Attempts
    one_time_ids: OneTimeIds
