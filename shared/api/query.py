"""The query of a request. On routes that can write, an unknown parameter is refused: with a misspelt `dryRun` ignored,
the request would write."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from shared.api.frame import KEY_HEADER, REASON_HEADER, WebRequest
from shared.api.payload.document import near_miss
from shared.api.payload.envelope import PLAN_ID
from shared.api.payload.rehearsal import NOT_HERE, WORDS, letters, mentions_rehearsal
from shared.errors import InvalidQuery

SWITCH, ON = ("true", "false", "1", "0"), ("true", "1")
IF_MATCH = "if-match"
_ENTITY_TAG = re.compile(rf"(?P<quote>\"?)(?P<id>{PLAN_ID.pattern})(?P=quote)")
# The function key and its name are the host's, the other a gateway's (Azure API Management).
_OF_OTHERS = ("code", "clientid", "subscription-key")
# Users in a page of a job's result.
PAGE = 500


def choice(query: str, name: str, allowed: Sequence[str]) -> str | None:
    """The value of a query parameter in lower case, None where it is not given. Raises InvalidQuery.

    Read from the raw query, because the Functions host drops an empty value: `?dryRun=` must not write. `dry-run`,
    `dryRun[]`, `amp;dryRun`, `x=1;dryRun=true` and the like are meant as dryRun: taking no notice of them would write.
    """
    wanted = name.lower()
    pairs = [(key.lower(), value.lower()) for key, value in parse_qsl(query, keep_blank_values=True)]
    meant = [pair for pair in pairs if any(wanted in letters(name) for name in (pair[0], *_glued(pair[1])))]
    if not meant:
        return None
    (key, value), *more = meant
    if more or key != wanted or value not in allowed:
        if not allowed:
            raise InvalidQuery(f"{name} is not supported on this route. Nothing was done.")
        *others, last = allowed
        raise InvalidQuery(f"{name} must be given once, as {', '.join(others)} or {last}. Nothing was done.")
    return value


def _glued(value: str) -> list[str]:
    """Parameters that have got into the value of another one."""
    return re.split("[?&;]", value)[1:]


def dry_run(query: str) -> bool:
    """Whether the request is a dry run: `dryRun`, or `whatIf` as PowerShell calls it. Raises InvalidQuery."""
    values = [value for value in (choice(query, word, SWITCH) for word in WORDS) if value is not None]
    if len(values) > 1:
        raise InvalidQuery(f"{' and '.join(WORDS)} mean the same; send one of them. Nothing was done.")
    return values in (["true"], ["1"])


def refuse_dry_run(query: str) -> None:
    """On a route that has no dry run. Raises InvalidQuery."""
    for word in WORDS:
        choice(query, word, ())


def refuse_unknown(request: WebRequest, *offered: str, no_rehearsal: str = NOT_HERE) -> None:
    """On a route that can write: a parameter that is none of these, or a header that asks for a dry run.
    `no_rehearsal`: what is wrong with that.

    Raises InvalidQuery. It does not repeat the name: a key without a value may be a secret, and details are logged.
    """
    for name, value in request.headers.items():
        if mentions_rehearsal(name) or (name == "prefer" and mentions_rehearsal(value)):
            raise InvalidQuery(no_rehearsal)
    known = {*(name.lower() for name in offered), *_OF_OTHERS}
    for key, _ in parse_qsl(request.query, keep_blank_values=True):
        if key.lower() not in known:
            meant = near_miss(key, offered)
            hint = f"Did you mean {meant}?" if meant else f"Supported here: {', '.join(offered) or 'none'}."
            raise InvalidQuery(f"The query has a parameter that this route does not know. {hint} Nothing was done.")


def plan_id(request: WebRequest) -> str | None:
    """The id of the plan that the caller has seen, from If-Match: one value, in quotation marks or not.

    Raises InvalidQuery.
    """
    text = request.headers.get(IF_MATCH)
    if text is None:
        return None
    found = _ENTITY_TAG.fullmatch(text.strip())
    if found is None:
        raise InvalidQuery("If-Match must be one planId, exactly as an answer shows it. Nothing was done.")
    return found["id"]


def refuse_if_match(request: WebRequest) -> None:
    """On a route that makes no plan which a caller could have seen. Raises InvalidQuery."""
    if IF_MATCH in request.headers:
        raise InvalidQuery("If-Match is not supported on this route. Nothing was done.")


def refuse_beside_signature(request: WebRequest, *words: str) -> None:
    """For a signed call: whatever its body says is signed, the query and the headers are not. Raises InvalidQuery."""
    beside = [name for name in (KEY_HEADER, REASON_HEADER, IF_MATCH, "prefer") if name in request.headers]
    if beside or any(choice(request.query, word, SWITCH) is not None for word in words):
        raise InvalidQuery("In a signed call, put all parameters in the body, not in the query or in headers.")


def next_link(result: str, position: int | None, status: str | None) -> str | None:
    """Where the next page of a job's result is; `position` None: there is none."""
    if position is None:
        return None
    return f"{result}?skip={position}{f'&status={status}' if status else ''}"
