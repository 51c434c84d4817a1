"""What is asked for beside the list. The body of a signed call says it, because the body is what is signed.

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
from shared.api.payload.rehearsal import IN_QUERY, IN_SIGNED_BODY, NOT_HERE, letters, mentions_rehearsal
from shared.core.reason import reason_fault
from shared.errors import BodyFault, InvalidBody

OPERATION, DRY_RUN, ASYNC, KEY, REASON, PLAN, JOB_ID = KEYS = (
    *("operation", "dryRun", "async", "idempotencyKey", "reason", "planId", "jobId"),
)
_LOWER = frozenset(key.lower() for key in KEYS)
# Whom a job lists itself. Elsewhere, passing one over would do something else than was signed.
SCOPES = ("group", "scope")
# The users of a job stand in the job.
_OF_LISTS = frozenset(("users", "value", "accountrequests"))
LONGEST_KEY = 256
_LONGEST_NAME = 128
IF_MATCH = "ifMatch"
# The keys that a call names in some spelling, or as the header that other calls have for it.
_MEANT = {
    **{letters(key): key for key in KEYS if key != DRY_RUN},
    **{letters(header): key for header, key in ((IF_MATCH, PLAN), ("xReason", REASON), ("respondAsync", ASYNC))},
}
PLAN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def meant_key(name: str) -> str | None:
    """Which key is meant, if it is one, apart from dryRun (`rehearsal`)."""
    return _MEANT.get(letters(name[:_LONGEST_NAME]))


@dataclass(slots=True)
class Envelope:
    """Of a call for this operation. What that of a signed call holds is known once a document has been opened.

    `has_plan`: the route makes a plan, so it has dry runs and plan ids.
    """

    operation: str
    has_async: bool = False
    has_scope: bool = False
    job_id: str | None = None
    is_signed: bool = True
    has_plan: bool = True
    dry_run: bool = False
    asynchronous: bool = False
    idempotency_key: str = ""
    reason: str = ""
    plan_id: str | None = None

    def open(self, document: object) -> Object:
        """The document without the keys of the envelope. Raises InvalidBody with every fault."""
        if not isinstance(document, Object):
            raise InvalidBody(BodyFault("", f"The body of a signed call must be an object with {OPERATION}."))
        faults = list(self._faults(document))
        if faults:
            raise InvalidBody(*faults)
        return Object([pair for pair in document.pairs if not self.knows(pair[0])])

    @property
    def no_rehearsal(self) -> str:
        """What is wrong with the words for a dry run wherever they do not ask for one."""
        if not self.offers(DRY_RUN):
            return NOT_HERE
        return IN_SIGNED_BODY if self.is_signed else IN_QUERY

    def offers(self, name: str) -> bool:
        """Whether the route supports one of the keys."""
        if name == JOB_ID:
            return self.job_id is not None
        if name == DRY_RUN:
            return self.has_plan and self.job_id is None
        if name == ASYNC:
            return self.has_async and self.job_id is None
        return self.has_plan or name != PLAN

    @staticmethod
    def knows(key: str) -> bool:
        return key.lower() in _LOWER

    def _faults(self, document: Object) -> Iterator[BodyFault]:
        if not document.find(OPERATION):
            yield BodyFault("", f"{OPERATION} is missing: on this route it must be {self.operation}.")
        if self.job_id is not None and not document.find(JOB_ID):
            yield BodyFault("", f"{JOB_ID} is missing: it must be the id of the job in the path.")
        for name in KEYS:
            found = document.find(name)
            if len(found) > 1:
                yield BodyFault("", stands_twice(name, len(found)))
            for key, value in found[:1]:
                detail = self._take(name, value) if self.offers(name) else f"{name} is not supported on this route."
                if detail is not None:
                    yield Place().at(key).fault(detail)
        for key in document.others(*KEYS):
            meant = near_miss(key, KEYS) or meant_key(key) or (DRY_RUN if mentions_rehearsal(key) else None)
            if meant is not None and self.offers(meant):
                yield Place().at(key).fault(f"Unknown key. Did you mean {meant}?")
            elif meant is not None or key.lower() in self._of_other_calls():
                yield Place().at(key).fault("This is not supported on this route.")

    def _of_other_calls(self) -> frozenset[str]:
        scopes = frozenset[str]() if self.has_scope else frozenset(SCOPES)
        return scopes if self.job_id is None else scopes | _OF_LISTS

    def _take(self, name: str, value: object) -> str | None:
        """What is wrong with it, or None."""
        if name == OPERATION:
            return None if value == self.operation else f"This must be {self.operation} on this route."
        if name == JOB_ID:
            # No body may be good for two jobs.
            is_that = isinstance(value, str) and value.lower() == self.job_id
            return None if is_that else "This must be the id of the job in the path."
        if name in (DRY_RUN, ASYNC):
            if not isinstance(value, bool):
                return "This must be true or false."
            setattr(self, "dry_run" if name == DRY_RUN else "asynchronous", value)
            return None
        if not isinstance(value, str):
            return "This must be a string."
        if name == PLAN:
            self.plan_id = value
            return None if PLAN_ID.fullmatch(value) else "This must be a planId, exactly as an answer shows it."
        if name == KEY:
            self.idempotency_key = value.strip()
            return None if len(value) <= LONGEST_KEY else f"This must have at most {LONGEST_KEY} characters."
        self.reason = value
        return reason_fault("This", value)


# Of a call that is not signed, to a route of which no more is known.
UNSIGNED = Envelope("", is_signed=False)
