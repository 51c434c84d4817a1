"""Sends lists of Graph calls, in batches, at the pace Graph allows, and gives back what each answer was read as.

A list of calls goes in, a list of results in the same order comes out; nothing is raised for a single call. Reads are
retried here, and so is any call that was throttled, because a 429 means that nothing was done. A write without a
verdict is handed back as it is: only someone who re-reads can know whether it may be sent again.

One bad answer may spoil a whole batch. What a batch lost is asked again in smaller batches, and the last time singly,
so that only the call that spoils batches fails. No call is tried more than MAX_TRIES times, 429s aside: those are sent
again until the deadline, or for half of the time where nothing else is left.

An answer is read as soon as it is final and then dropped, so that memory holds only what the caller makes of it.
"""

import contextvars
import heapq
import queue
import random
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.core.check.seen import SeenToken
from shared.deadline import Deadline
from shared.log import add_throttled, get_logger
from shared.microsoft.graph.batching import MAX_MEMBERS
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.carrier import LEAST_TIME_S, Carrier
from shared.microsoft.graph.pace import LONGEST_PAUSE_S, MAX_TURNS, Pace
from shared.microsoft.graph.pacer import Pacer
from shared.microsoft.graph.recent import Turn
from shared.microsoft.graph.refusals import FEW_REFUSED, Refusals
from shared.microsoft.graph.transport import Tokens, Transport

T = TypeVar("T")

# Requests under way at once in the process. Each waits for the network most of its time: two cores carry them easily.
REQUESTS_IN_FLIGHT = MAX_TURNS
MAX_TRIES = 4
# Who has no more to send than this is not kept waiting by long lists.
FEW_CALLS = 5
BACKOFF_CAP_S = 20.0
# For a request that is still under way when the deadline is over: its socket is being shut down.
GRACE_S = 2.0

_log = get_logger(__name__)


class GraphClient:
    """Shared by all requests of the process: one pace, one pool of connections and threads."""

    def __init__(self, graph_url: str, tokens: Tokens, max_per_second: int = 0, *notes: Callable[..., None]) -> None:
        """`notes` are called with every response."""
        self._transport = Transport(graph_url, tokens, REQUESTS_IN_FLIGHT, *notes)
        self._pacer = Pacer(Pace(max_per_second), LEAST_TIME_S)
        self._carrier = Carrier(self._transport, self._pacer.bound_window)
        self._pool = ThreadPoolExecutor(REQUESTS_IN_FLIGHT, thread_name_prefix="graph")
        # Of all senders together, roughly: threads add to it at once.
        self.passed = 0
        # Of all senders together: the calls that were answered 429 and have no other answer yet.
        self.refused = set[Refusals]()

    def send(self, calls: Sequence[Call], read: Callable[[Answer], T], deadline: Deadline) -> list[T]:
        """What `read` makes of the answer to each call, in order, at the latest GRACE_S after the deadline."""
        return _Sending(self, calls, read, deadline).results()

    def ask(self, calls: Sequence[Call], deadline: Deadline) -> list[Answer]:
        """The answers themselves, as `send` has them."""
        return self.send(calls, lambda answer: answer, deadline)

    def get(self, path: str, deadline: Deadline) -> Answer:
        (answer,) = self.ask([Call("GET", path)], deadline)
        return answer

    def relative(self, link: object) -> str | None:
        """The path of an @odata.nextLink, if there is one. Raises ValueError if it leads elsewhere."""
        return None if link is None else self._transport.relative(str(link))

    def token_sent(self) -> SeenToken | None:
        """What the token of the last call says of itself; None: no call was sent, or the token cannot be read."""
        return self._transport.token_sent()

    def turn(self, together: int, left: int, deadline: Deadline, *, brief: bool) -> Turn | None:
        """Waits until some calls may be sent, and says how many; None when that would be too late.

        `together`: how many may travel together, of those that are `left`.
        """
        return self._pacer.admit(min(together, self._carrier.most()), deadline, left=left, brief=brief)

    def is_held_back(self) -> bool:
        """Whether Graph has asked everybody to wait, and that is not over."""
        return self._pacer.is_paused()

    def begin(
        self, turn: Turn, calls: Sequence[Call], deadline: Deadline, stubborn: Collection[int] = ()
    ) -> "Future[list[Answer]]":
        """Sends the calls of one turn. A 429 to one at the positions `stubborn` does not count for the pace."""

        def exchange() -> list[Answer]:
            answers: list[Answer] = []
            try:
                answers = self._carrier.carry(calls, deadline)
            finally:
                refused = {i: answer.retry_after_s for i, answer in enumerate(answers) if answer.is_throttled}
                add_throttled(len(refused))
                telling = [wait_s for i, wait_s in refused.items() if i not in stubborn]
                waits = [wait_s for wait_s in telling if wait_s is not None]
                passed = sum(0 < answer.status != 429 for answer in answers)
                self.passed += passed
                self._pacer.report(turn, passed, len(telling), max(waits, default=None))
            return answers

        return self._pool.submit(contextvars.copy_context().run, exchange)


@dataclass(frozen=True, slots=True)
class _Back:
    """Some calls that came back together: one moment and one throw for all, so that they travel together again."""

    at: float
    calls: int
    jitter: float


class _Sending(Generic[T]):
    """One list of calls on its way; lives in the thread of the request that sends it."""

    def __init__(
        self, client: GraphClient, calls: Sequence[Call], read: Callable[[Answer], T], deadline: Deadline
    ) -> None:
        self._client, self._calls, self._read, self._deadline = client, calls, read, deadline
        # Those that go alone come last: between others they would cut batches short.
        self._todo = deque(sorted(range(len(calls)), key=lambda position: calls[position].alone))
        self._later: list[tuple[float, int]] = []
        self._tries: dict[int, int] = {}
        self._refusals: dict[int, Refusals] = {}
        self._together: dict[int, int] = {}
        self._last: dict[int, Answer] = {}
        self._held: dict[int, Answer] = {}
        self._flying: dict[Future[list[Answer]], list[int]] = {}
        self._landed = queue.SimpleQueue[Future[list[Answer]]]()
        self._results: dict[int, T] = {}
        self._ends_at = time.monotonic() + deadline.remaining() + GRACE_S
        # Half of what was left when the last answer came that was no 429.
        self._patience = Deadline(deadline.remaining() / 2)

    def results(self) -> list[T]:
        try:
            self._run()
        except Exception as fault:  # noqa: BLE001 - what has been written must be reported, whatever fault of ours comes up
            _log.exception("unforeseen fault while sending", fault)
            self._abandon()
        return [self._results[position] for position in range(len(self._calls))]

    def _run(self) -> None:
        while self._todo or self._later or self._flying:
            self._wake()
            if self._todo:
                self._begin_some()
                self._harvest(self._landed_within(0.0))
            elif self._flying:
                self._harvest(self._landed_within(self._patience_s()))
            elif self._later:
                time.sleep(max(0.0, min(self._later[0][0] - time.monotonic(), self._deadline.remaining())))

    def _abandon(self) -> None:
        """Sends nothing more, and takes the answers that are still coming."""
        wait(self._flying, timeout=max(0.0, self._ends_at - time.monotonic()))
        for future, positions in self._flying.items():
            answers = _answers(future, len(positions)) if future.done() else [Answer(Fate.LOST)] * len(positions)
            for position, answer in zip(positions, answers, strict=True):
                self._finish(position, answer)
        for position in set(range(len(self._calls))) - set(self._results):
            self._finish(position, self._held.get(position) or self._last.get(position) or Answer(Fate.LOST))

    def _wake(self) -> None:
        """Calls whose pause is over join the queue again; with no time left, all of them end."""
        now = time.monotonic()
        while self._later and (self._later[0][0] <= now or self._deadline.remaining() < LEAST_TIME_S):
            position = heapq.heappop(self._later)[1]
            if position in self._held:
                self._finish(position, self._held.pop(position))
            else:
                self._todo.appendleft(position)

    def _begin_some(self) -> None:
        is_brief = len(self._calls) <= FEW_CALLS
        turn = self._client.turn(self._next_together(), len(self._todo), self._deadline, brief=is_brief)
        if turn is not None:
            positions = [self._todo.popleft() for _ in range(turn.calls)]
            calls = [self._calls[position] for position in positions]
            refused, known = len(self._client.refused), self._refusals
            stubborn = [i for i, one in enumerate(positions) if one in known and not known[one].tells_a_limit(refused)]
            future = self._client.begin(turn, calls, self._deadline, stubborn)
            self._flying[future] = positions
            future.add_done_callback(self._landed.put)
            return
        too_late = Answer(Fate.HELD_BACK if self._client.is_held_back() else Fate.NOT_SENT)
        for position in self._todo:
            self._finish(position, self._last.get(position, too_late))
        self._todo.clear()

    def _next_together(self) -> int:
        """How many of the calls in front may travel together."""
        count, most = 0, MAX_MEMBERS
        for position in self._todo:
            most = min(most, 1 if self._calls[position].alone else self._together.get(position, MAX_MEMBERS))
            if count >= most:
                break
            count += 1
        return count

    def _patience_s(self) -> float:
        until = min(self._ends_at, self._later[0][0]) if self._later else self._ends_at
        return max(0.0, until - time.monotonic())

    def _landed_within(self, seconds: float) -> list[Future[list[Answer]]]:
        """Requests that have ended, after up to `seconds` for the first one. (`wait` asks all of them each time.)"""
        landed: list[Future[list[Answer]]] = []
        with suppress(queue.Empty):
            landed.append(self._landed.get(timeout=seconds))
            while True:
                landed.append(self._landed.get_nowait())
        # None that was given up as lost: if the process stood still, it may have ended meanwhile.
        return [future for future in landed if future in self._flying]

    def _harvest(self, done: Collection[Future[list[Answer]]]) -> None:
        for future in done:
            positions = self._flying.pop(future)
            answers = _answers(future, len(positions))
            if not all(answer.is_throttled for answer in answers):
                self._patience = Deadline(self._deadline.remaining() / 2)
            back = _Back(time.monotonic(), len(positions), random.random())  # noqa: S311 - spreads load, guards nothing
            for position, answer in zip(positions, answers, strict=True):
                self._take(position, answer, back)
        if not done and time.monotonic() >= self._ends_at:
            for positions in self._flying.values():
                for position in positions:
                    self._finish(position, Answer(Fate.LOST))
            self._flying.clear()

    def _take(self, position: int, answer: Answer, back: _Back) -> None:
        if answer.ok:
            self._finish(position, answer)
            return
        call, tries = self._calls[position], self._tries.get(position, 0) + 1
        if answer.is_throttled:
            refusals = self._refusals.setdefault(position, Refusals())
            refusals.add(self._client.passed)
            self._client.refused.add(refusals)
            pause_s = min(max(answer.retry_after_s or 0.0, refusals.pause_s()), LONGEST_PAUSE_S)
        elif answer.retry_after_s is not None:
            pause_s = answer.retry_after_s
        else:
            pause_s = min(BACKOFF_CAP_S, 0.5 * 2**tries) * back.jitter
        can_wait = pause_s + LEAST_TIME_S < self._deadline.remaining()
        if answer.is_throttled and can_wait and not self._is_given_up(pause_s):
            # Nothing was done, so any call may go again. Where it is more than an odd 429 the pacer holds everybody.
            self._last[position] = answer
        elif call.is_read and answer.may_pass and can_wait and tries < MAX_TRIES:
            self._tries[position], self._last[position] = tries, answer
            if answer.of_batch:
                self._together[position] = 1 if tries == MAX_TRIES - 1 else max(1, back.calls // 2)
        elif not call.is_read and answer.has_no_verdict and can_wait and answer.retry_after_s is not None:
            # Not to be sent again from here; but whoever looks what became of it has to wait as asked.
            self._held[position] = answer
        else:
            self._finish(position, answer)
            return
        heapq.heappush(self._later, (back.at + pause_s, position))

    def _is_given_up(self, pause_s: float) -> bool:
        """Whether only calls are left that were refused again and again, and another try would come after half of the
        time: other users' calls come after this list.

        Where nothing passed, a limit is more likely, unless few were refused: that is waited for until the deadline.
        """
        left = len(self._calls) - len(self._results)
        if pause_s <= self._patience.remaining() or len(self._refusals) < left:
            return False
        is_theirs = bool(self._results) or len(self._client.refused) <= FEW_REFUSED
        return is_theirs and all(refusals.is_stubborn for refusals in self._refusals.values())

    def _finish(self, position: int, answer: Answer) -> None:
        if position in self._refusals:
            self._client.refused.discard(self._refusals.pop(position))
        self._results[position] = self._read(answer)
        self._last.pop(position, None)


def _answers(future: "Future[list[Answer]]", count: int) -> list[Answer]:
    """A fault of ours in the sending thread must not lose what became of the other users."""
    fault = future.exception()
    if fault is None:
        return future.result()
    _log.exception("unforeseen fault while sending", fault)
    return [Answer(Fate.LOST)] * count
