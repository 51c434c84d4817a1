"""Words that only the body of a signed call may hold. Other calls say the same in headers and in the query.

In a body that is not signed they are refused: passing them over would write a list whatever its plan is by now, or
twice. Beside a list all of them are refused. Where the outermost object is itself an entry, properties of somebody's
directory stand there too: only those words are refused without which more could be written.
"""

from collections.abc import Iterator

from shared.api.payload.document import Object, Place
from shared.api.payload.envelope import ASYNC, IF_MATCH, KEY, PLAN, REASON, Envelope, meant_key
from shared.api.payload.rehearsal import letters, unread_text
from shared.errors import BodyFault, InvalidBody

_INSTEAD = {
    ASYNC: "Send ?async=true in the query.",
    KEY: "Send it in the header Idempotency-Key.",
    REASON: "Send it in the header X-Reason.",
    PLAN: "Send it in the header If-Match.",
}
_SAFEGUARDS = (ASYNC, KEY, PLAN)


def is_word(name: str) -> bool:
    return meant_key(name) is not None


def is_safeguard(name: str) -> bool:
    return meant_key(name) in _SAFEGUARDS


def word_fault(place: Place, name: str, envelope: Envelope) -> BodyFault | None:
    """The fault of a key that is one of the words, in any spelling."""
    meant = meant_key(name)
    return None if meant is None else place.fault(_detail(meant, envelope))


def word_faults(document: Object, envelope: Envelope, *, is_entry: bool = False) -> Iterator[BodyFault]:
    """Of the outermost object of a body that is not signed. `is_entry`: it is no more than one entry of a list."""
    for key, _ in document.pairs:
        fault = word_fault(Place().at(key), key, envelope) if not is_entry or is_safeguard(key) else None
        if fault is not None:
            yield fault


def refuse_plan_id_in_unread_body(body: bytes, envelope: Envelope) -> None:
    """For a route that takes no body of such a call. Raises InvalidBody."""
    found = letters(unread_text(body))
    if any(letters(word) in found for word in (PLAN, IF_MATCH)):
        raise InvalidBody(BodyFault("", _detail(PLAN, envelope)))


def _detail(meant: str, envelope: Envelope) -> str:
    if meant in (ASYNC, PLAN) and not envelope.offers(meant):
        return f"{meant} is not supported on this route. Nothing was done."
    instead = _INSTEAD.get(meant, "Remove it.")
    return f"Only a signed call can have {meant} in its body. {instead} Nothing was done."
