"""Ids that are good once: whoever claims one first, on whatever instance, is the only one.

A claim is the blob `ids/<hash of caller and id>`. A lifecycle rule of the storage account removes it after a day.
"""

import hashlib
import secrets
from contextlib import suppress

from shared.deadline import time_limit
from shared.errors import StorageUnavailable
from shared.log import get_logger
from shared.records.blobs import Blobs, Connect

FOLDER = "ids/"
# How often an id is given back by others just when it is claimed here, before that counts as trouble.
TRIES = 3
GIVE_BACK_LIMIT_S = 3.0

_log = get_logger(__name__)


class UsedIds:
    """`connect` None: no storage is configured, and nothing can be claimed."""

    def __init__(self, connect: Connect | None) -> None:
        self._blobs = Blobs(connect)

    def claim(self, caller: str, webhook_id: str) -> bool:
        """True once for each id of a caller. Raises StorageUnavailable."""
        name, token = _name(caller, webhook_id), secrets.token_bytes(16)
        try:
            return self._claim(name, token)
        except StorageUnavailable:
            # It may be written all the same, and the sender will repeat the call with this id.
            with suppress(StorageUnavailable), time_limit(GIVE_BACK_LIMIT_S):
                found = self._blobs.read(name)
                if found is not None and found.content == token:
                    self._blobs.remove(name)
            raise

    def _claim(self, name: str, token: bytes) -> bool:
        for _ in range(TRIES):
            if self._blobs.put_new(name, token):
                return True
            found = self._blobs.read(name)
            if found is not None:
                # The answer to our own write may have been lost; the token tells.
                return found.content == token
        raise StorageUnavailable("an id is being claimed and given back again and again")

    def give_back(self, caller: str, webhook_id: str) -> None:
        """For whoever has claimed the id: it is good once more. Where storage fails, it stays used."""
        try:
            with time_limit(GIVE_BACK_LIMIT_S):
                self._blobs.remove(_name(caller, webhook_id))
        except StorageUnavailable as exc:
            _log.warning("the id of a signed call stays used: %s", exc.detail)


def _name(caller: str, webhook_id: str) -> str:
    return FOLDER + hashlib.sha256(f"{caller}\0{webhook_id}".encode("utf-8", "surrogatepass")).hexdigest()
