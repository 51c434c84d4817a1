"""The envelope that a custom task extension of Lifecycle Workflows sends to its Logic App, which hands it on.

Of it count the user, and the path by which the workflow goes on. That path is called with the webhook's own identity,
so nothing in it is taken on trust: it must be of one form, and name the workflow, the task and the result that the
envelope itself names.
"""

import re
from dataclasses import dataclass

from shared.api.payload.document import Object, Place, stands_twice
from shared.api.payload.outline import read_json
from shared.errors import BodyFault, InvalidBody

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_ID = re.compile(_GUID, re.IGNORECASE)
_CALLBACK = re.compile(
    rf"/identityGovernance/lifecycleWorkflows/workflows/(?P<workflow>{_GUID})/tasks/(?P<task>{_GUID})"
    rf"/taskProcessingResults/(?P<taskProcessingResult>{_GUID})/resume",
    # Else `k` is the Kelvin sign, too.
    re.IGNORECASE | re.ASCII,
)
_SUBJECT, _PARTS, _PATH = "subject", ("workflow", "task", "taskProcessingResult"), "callbackUriPath"
_EXPECTED = "the JSON of a custom task extension"


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a workflow that waits: for which user, and where it is told to go on. `result_id` is of this run."""

    user_id: str
    result_id: str
    callback: str


def parse_task(body: bytes) -> Task:
    """Raises InvalidBody with every fault."""
    document = read_json(body, _EXPECTED)
    if not isinstance(document, Object):
        raise InvalidBody(BodyFault("", f"This must be {_EXPECTED}, an object with data."))
    faults: list[BodyFault] = []
    place, data = _member(Place(), document, "data", faults, " Send the body exactly as Lifecycle Workflows sends it.")
    ids = {name: _id(place, data, name, faults) for name in (_SUBJECT, *_PARTS)} if isinstance(data, Object) else {}
    callback = _callback(place, data, ids, faults) if isinstance(data, Object) else ""
    if not isinstance(data, Object) and not faults:
        faults.append(place.fault("This must be an object."))
    if faults:
        raise InvalidBody(*faults)
    return Task(ids[_SUBJECT], ids["taskProcessingResult"], callback)


def _member(place: Place, value: Object, name: str, faults: list[BodyFault], advice: str = "") -> tuple[Place, object]:
    """What has this name, and where; None with a fault. `advice`: what to do where it is missing."""
    found = value.find(name)
    if len(found) != 1:
        faults.append(place.fault(stands_twice(name, len(found)) if found else f"{name} is missing.{advice}"))
        return place.at(name), None
    return place.at(found[0][0]), found[0][1]


def _id(place: Place, data: Object, name: str, faults: list[BodyFault]) -> str:
    known = len(faults)
    here, part = _member(place, data, name, faults)
    value: object = None
    if isinstance(part, Object):
        here, value = _member(here, part, "id", faults)
    if isinstance(value, str) and _ID.fullmatch(value):
        return value.lower()
    if len(faults) == known:
        faults.append(here.fault("The id must be a GUID."))
    return ""


def _callback(place: Place, data: Object, ids: dict[str, str], faults: list[BodyFault]) -> str:
    known = len(faults)
    here, path = _member(place, data, _PATH, faults)
    found = _CALLBACK.fullmatch(path) if isinstance(path, str) else None
    if found is None:
        if len(faults) == known:
            faults.append(here.fault("This must be the path that resumes a task of a lifecycle workflow."))
        return ""
    if any(ids[name] and found[name].lower() != ids[name] for name in _PARTS):
        faults.append(here.fault(f"This must name the same {', '.join(_PARTS)} as the ids beside it."))
    return found[0]
