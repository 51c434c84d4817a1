"""What stands beside the list in the body of a signed call. The body is what is signed, so everything stands in it.

operation        what the call is for: a signature for one route fits no other
dryRun, async    true or false
idempotencyKey   as the header Idempotency-Key of other calls
reason           as the header X-Reason
planId           as the header If-Match
jobId            of an operation on a job: the id in the path
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.api.payload.document import Object, Place, near_miss, stands_twice
from shared.api.payload.rehearsal import mentions_rehearsal
from shared.core.reason import reason_fault
from shared.errors import BodyFault, InvalidBody

_OPERATION, _DRY_RUN, _ASYNC, _KEY, _REASON, _PLAN_ID, _JOB_ID = KEYS = (
    *("operation", "dryRun", "async", "idempotencyKey", "reason", "planId", "jobId"),
)
_LOWER = frozenset(key.lower() for key in KEYS)
# Whom a job lists itself. Elsewhere, passing one over would do something else than was signed.
SCOPES = ("group", "scope")
# The users of a job stand in the job.
_OF_LISTS = frozenset(("users", "value", "accountrequests"))
LONGEST_KEY = 256
PLAN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(slots=True)
class Envelope:
    """Of a call for this operation. What it holds is known once a document has been opened."""

    operation: str
    has_async: bool = False
    has_scope: bool = False
    job_id: str | None = None
    dry_run: bool = False
    asynchronous: bool = False
    idempotency_key: str = ""
    reason: str = ""
    plan_id: str | None = None

    def open(self, document: object) -> Object:
        """The document without the keys of the envelope. Raises InvalidBody with every fault."""
        if not isinstance(document, Object):
            raise InvalidBody(BodyFault("", f"A signed call has an object with {_OPERATION} as its body."))
        faults = list(self._faults(document))
        if faults:
            raise InvalidBody(*faults)
        return Object([pair for pair in document.pairs if not self.knows(pair[0])])

    @staticmethod
    def knows(key: str) -> bool:
        return key.lower() in _LOWER

    def _faults(self, document: Object) -> Iterator[BodyFault]:
        if not document.find(_OPERATION):
            yield BodyFault("", f"{_OPERATION} is missing: on this route it must be {self.operation}.")
        if self.job_id is not None and not document.find(_JOB_ID):
            yield BodyFault("", f"{_JOB_ID} is missing: it must be the id of the job in the path.")
        for name in KEYS:
            found = document.find(name)
            if len(found) > 1:
                yield BodyFault("", stands_twice(name, len(found)))
            for key, value in found[:1]:
                detail = self._take(name, value)
                if detail is not None:
                    yield Place().at(key).fault(detail)
        for key in document.others(*KEYS):
            meant = near_miss(key, KEYS) or (_DRY_RUN if mentions_rehearsal(key) else None)
            if meant is not None:
                yield Place().at(key).fault(f"Unknown key. Did you mean {meant}?")
            elif key.lower() in self._of_other_calls():
                yield Place().at(key).fault("This is not supported on this route.")

    def _of_other_calls(self) -> frozenset[str]:
        scopes = frozenset[str]() if self.has_scope else frozenset(SCOPES)
        return scopes if self.job_id is None else scopes | _OF_LISTS

    def _take(self, name: str, value: object) -> str | None:
        """What is wrong with it, or None."""
        if name == _OPERATION:
            return None if value == self.operation else f"This must be {self.operation} on this route."
        if name == _ASYNC and not self.has_async:
            return f"{_ASYNC} is not supported on this route."
        if name == _JOB_ID:
            # No body may be good for two jobs.
            is_that = isinstance(value, str) and value.lower() == self.job_id
            return None if is_that else "This must be the id of the job in the path, on a route that has one."
        if name in (_DRY_RUN, _ASYNC):
            if self.job_id is not None:
                return f"{name} is not supported on this route."
            if not isinstance(value, bool):
                return "This must be true or false."
            setattr(self, "dry_run" if name == _DRY_RUN else "asynchronous", value)
            return None
        if not isinstance(value, str):
            return "This must be a string."
        if name == _PLAN_ID:
            self.plan_id = value
            return None if PLAN_ID.fullmatch(value) else "This must be a planId, as an answer has it."
        if name == _KEY:
            self.idempotency_key = value.strip()
            return None if len(value) <= LONGEST_KEY else f"This must have at most {LONGEST_KEY} characters."
        self.reason = value
        return reason_fault(value)
