"""What a check can see. A value that could not be read is a Trouble in its place; None: it was not looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Trouble:
    """`said`: fit to be shown. `status` is 0 where no answer came. `of_secret`: it lies in what the vault holds, or in
    the vault."""

    said: str
    status: int = 0
    of_secret: bool = False


class SecretState(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    DISABLED = "disabled"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # the vault did not answer, or has no answer for want of a token


@dataclass(frozen=True, slots=True)
class SeenSecret:
    """All but the value. `said`: the vault's code, or why there is no answer. `fault`: why it cannot be a handshake.
    `twins`: names of others that hold the same."""

    state: SecretState
    said: str = ""
    expires_on: datetime | None = None
    is_empty: bool = False
    is_padded: bool = False
    fault: str | None = None
    is_short: bool = False
    is_signing_key: bool = True
    twins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SeenToken:
    """What the webhook's own token for Graph says. `directory_roles`: template ids of tenant-wide ones."""

    is_app: bool
    app_id: str = ""
    permissions: frozenset[str] = frozenset()
    directory_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SeenMethods:
    """Of some users: how many could be read, how many were refused, how many numbers were there and how many of these
    were masked. `said`: Graph's words for the first refusal."""

    read: int
    refused: int
    numbers: int
    masked: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class SeenList:
    """The first page of a list. `users`: entries that count."""

    users: int
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class SeenPolicy:
    is_enabled: bool
    for_everybody: bool


@dataclass(frozen=True, slots=True)
class SeenDirectory:
    """`users`: how many were read, of a few. Of the attributes, `unknown`: those that Graph does not know; `unheld`:
    those in which nobody has a value; `untold`: those of which Graph does not tell whether anybody has one."""

    users: int | Trouble
    unknown: tuple[str, ...] = ()
    unheld: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    methods: SeenMethods | Trouble | None = None
    all_methods: Trouble | None = None
    restricted: Trouble | None = None
    protected_group: SeenList | Trouble | None = None
    allowed_group: SeenList | Trouble | None = None
    administrators: SeenList | Trouble | None = None
    sms: SeenPolicy | Trouble | None = None
    voice: SeenPolicy | Trouble | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """`skew_s`: by how many seconds the clocks of Microsoft's services are ahead of this one's."""

    python: str
    secrets: Mapping[str, SeenSecret] = field(default_factory=dict)
    token: SeenToken | Trouble | None = None
    directory: SeenDirectory | None = None
    storage: Trouble | None = None
    jobs: Trouble | None = None
    skew_s: float | None = None
