"""What the nightly timer tells the log: how many days each secret has left that has an expiry date."""

import logging
from datetime import datetime

from shared.deadline import Deadline
from shared.errors import VaultUnavailable
from shared.log import get_logger
from shared.services import Services

LIMIT_S = 60.0
SOON_DAYS = 14
_log = get_logger(__name__)


def log_expiry(services: Services, now: datetime) -> None:
    """One line a secret. An alert rule reads them, so that somebody hears of it before callers are turned away."""
    try:
        ends = services.secret_ends(Deadline(LIMIT_S))
    except VaultUnavailable as exc:
        _log.warning("Key Vault did not say how long secrets last: %s", exc.detail)
        return
    for name, end in sorted(ends.items()):
        days = (end - now).days
        level = logging.WARNING if days <= SOON_DAYS else logging.INFO
        _log.event(
            *("secretExpiry", f"Secret {name}: {days} days left.", level),
            **{"secret": name, "daysLeft": days, "expiresOn": f"{end:%Y-%m-%d}"},
        )
