"""Carries a few calls to Graph: together in one $batch, or singly where Graph refuses batches.

A batch refused as a whole is sent singly at once. If that happens twice in a row, and not because of one of the calls,
all calls go singly for BATCHES_AGAIN_S. Then batches are tried again.
"""

import time
from collections.abc import Callable, Sequence

from shared.deadline import Deadline
from shared.log import correlation_id, get_logger
from shared.microsoft.graph.batching import MAX_MEMBERS, batch_answers, batch_body
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.pace import MAX_WINDOW
from shared.microsoft.graph.transport import Transport

# A call with less time than this left is not begun: it could only end as unknown.
LEAST_TIME_S = 1.0
BATCHES_AGAIN_S = 300.0
# Where batches do not work: reports from the field saw few 429s up to about this many single calls at once.
SINGLE_CALLS_IN_FLIGHT = 8
# What a whole batch is answered with where Graph, or something in between, carries none, and what every one of its
# members is.
_REFUSES_BATCHES = {*range(400, 500), 501} - {401, 408, 423, 429}
# Of these, what no user and no permission is answered with.
_REFUSES_METHODS = {405, 501}

_log = get_logger(__name__)


class Carrier:
    """Shared by all threads. `bound_window` sets how many calls may be in flight."""

    def __init__(self, transport: Transport, bound_window: Callable[[int], None]) -> None:
        self._transport = transport
        self._bound_window = bound_window
        self._singly_until: float | None = None
        self._refusals = 0
        self._carried: set[str] = set()

    def most(self) -> int:
        """How many calls may travel together just now."""
        return MAX_MEMBERS if self._batches_work() else 1

    def carry(self, calls: Sequence[Call], deadline: Deadline) -> list[Answer]:
        """An answer for each call; nothing is tried again that may have been done."""
        if len(calls) == 1 or not self._batches_work():
            return self._singly(calls, deadline)
        return self._together(calls, deadline)

    def _together(self, calls: Sequence[Call], deadline: Deadline, *, is_second: bool = False) -> list[Answer]:
        """`is_second`: of calls that were all refused in a batch a moment ago."""
        if deadline.remaining() < LEAST_TIME_S:
            return [Answer(Fate.NOT_SENT)] * len(calls)
        whole = self._transport.exchange("POST", "/$batch", batch_body(calls, correlation_id()), deadline)
        if whole.status in _REFUSES_BATCHES:
            answers = self._singly(calls, deadline)
            # A call that is refused alike has spoilt the batch. Otherwise: once may be chance.
            if all(answer.status != whole.status for answer in answers):
                self._refusals += 1
                if self._refusals > 1:
                    self._give_up_batches(whole.status)
            return answers
        answers = batch_answers(calls, whole)
        self._refusals = 0 if whole.ok else self._refusals
        self._carried |= {call.kind for call, answer in zip(calls, answers, strict=True) if answer.ok}
        if whole.ok and any(answer.status == 401 for answer in answers):
            refused = [i for i, answer in enumerate(answers) if answer.status == 401]
            for i, answer in zip(refused, self._singly([calls[i] for i in refused], deadline), strict=True):
                answers[i] = answer
        elif all(call.kind not in self._carried for call in calls):
            return self._checked(calls, answers, deadline, is_second=is_second)
        return answers

    def _checked(
        self, calls: Sequence[Call], answers: list[Answer], deadline: Deadline, *, is_second: bool
    ) -> list[Answer]:
        """If all members were refused alike: was it for the batch's sake, or for the calls' own?

        One of them, sent singly, tells, and its answer is its own from then on. Only what was certainly not done is
        sent again: any read, and a write that was answered with 403, 404, 405 or 501. Once may be chance: new users who
        are not there yet are answered with 404, and may be there when one is asked for singly. So the others travel
        together once more, unless the status can only be about the batch.
        """
        (status, *others) = {answer.status for answer in answers}
        may_repeat = all(call.is_read for call in calls) or status in (403, 404, 405, 501)
        if others or not may_repeat or status not in _REFUSES_BATCHES:
            return answers
        (probe,) = self._singly(calls[:1], deadline)
        if not probe.ok:
            return [probe, *answers[1:]]
        if not is_second and status not in _REFUSES_METHODS:
            return [probe, *self._together(calls[1:], deadline, is_second=True)]
        self._give_up_batches(status)
        return [probe, *self._singly(calls[1:], deadline)]

    def _batches_work(self) -> bool:
        if self._singly_until is not None and time.monotonic() >= self._singly_until:
            self._singly_until = None
            self._bound_window(MAX_WINDOW)
        return self._singly_until is None

    def _give_up_batches(self, status: int) -> None:
        if self._batches_work():
            self._singly_until = time.monotonic() + BATCHES_AGAIN_S
            self._bound_window(SINGLE_CALLS_IN_FLIGHT)
            _log.warning(
                "Graph does not carry these calls in a $batch (status %d); they are sent singly for %d s",
                *(status, BATCHES_AGAIN_S),
            )

    def _singly(self, calls: Sequence[Call], deadline: Deadline) -> list[Answer]:
        return [
            self._transport.exchange(call.method, call.path, call.body, deadline, is_eventual=call.is_eventual)
            if deadline.remaining() >= LEAST_TIME_S
            else Answer(Fate.NOT_SENT)
            for call in calls
        ]
