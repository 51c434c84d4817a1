"""What no log line, no blob and no history of a job may hold, whatever is asked for: looked for in every scenario."""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE

# Between the digits of a number whatever people put there; and so many of them are a number.
PUNCTUATION = re.compile(r"(?<=\d)[\s().\-/]+(?=\d)")
NUMBER = re.compile(r"\d{6}")
# A domain may stand behind a masked address.
NAME = re.compile(r"(?<!\*)@\w[\w-]*\.\w+")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,64}\b")
# The tag of what is written for a user, or the id of a plan (core/plan_id.py): any digits may stand in a row there.
_TAG = re.compile(r"(?=(?:[\d_-]*[A-Za-z]){3})(?:[\w-]{11}|[\w-]{20})", re.ASCII)
# How refresh tokens of the sandbox begin, a signing key, a signature.
_SECRETS = (
    *(HANDSHAKE, EXPLICIT_HANDSHAKE, "sandbox-password-not-real", "sandbox-client-secret-not-real"),
    *("1.sandbox-refresh-", "whsec_", "v1,"),
)
# The tag of a number may begin alike, but is short and has no dot.
_TOKEN = re.compile(r"eyJ[\w-]{15,}\.")
# Numbers of ours, and the time.
_NOT_TEXT = ("time", "durationMs")


def faults_of_lines(lines: Iterable[logging.LogRecord]) -> list[str]:
    """What is wrong with lines of ours. Names may stand in none of them: no test of scenarios asks for names."""
    found: list[str] = []
    for record in lines:
        if not record.name.startswith("shared"):
            continue
        text = record.getMessage()
        try:
            line = json.loads(text)
        except ValueError:
            found.append(f"log: no object: {text[:100]}")
            continue
        if next(iter(line)) != "message" or not line["message"]:
            found.append(f"log: no message first: {text[:100]}")
        found += [f"log: {fault}" for fault in faults_of(line, names=False)]
    return found


def faults_of(told: object, *, names: bool) -> list[str]:
    """`names`: user names may stand there."""
    whole = json.dumps(told)
    found = [f"a secret in {whole[:200]}" for secret in _SECRETS if secret in whole]
    if _TOKEN.search(whole):
        found.append(f"a token in {whole[:200]}")
    for text in _texts(told):
        bare = _ID.sub("", text)
        if NUMBER.search(PUNCTUATION.sub("", bare)) and not _TAG.fullmatch(text):
            found.append(f"a number in {text[:200]!r}")
        if not names and NAME.search(bare):
            found.append(f"a name in {text[:200]!r}")
    return found


def _texts(told: object, name: str = "") -> Iterator[str]:
    if isinstance(told, str) and name not in _NOT_TEXT:
        yield told
    elif isinstance(told, Mapping):
        for key, value in told.items():
            yield from _texts(value, str(key))
    elif isinstance(told, list | tuple):
        for value in told:
            yield from _texts(value, name)


def of_persons(users: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """What a tenant knows of its users beside the names by which they sign in: names, addresses, ends of numbers."""
    names, found = {upn.lower() for upn in users}, set[str]()
    for user in users.values():
        values = [
            *_texts(user["attributes"]),
            *_texts(user["onPremisesExtensionAttributes"] or {}),
            user["email"] or "",
        ]
        values += [method["phoneNumber"] for method in user["phoneMethods"].values()]
        for value in values:
            digits = "".join(str(int(char)) for char in value if char.isdigit())
            if len(digits) >= 8:
                found.add(digits[-8:])
            elif len(value) > 5 and value.lower() not in names:
                found.add(value)
    return found
