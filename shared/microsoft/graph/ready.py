"""Sends calls about users who were found a moment ago, and again while Graph answers that something is not there yet.

A new user is visible in the directory before the service behind /authentication knows it. A call is repeated at most as
often as there are pauses, and waiting takes at most half of the time that is left: other users' changes come after it.
"""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Call
from shared.microsoft.graph.client import GraphClient

T = TypeVar("T")

# Eight more tries within 30 s, the first ones soon.
PAUSES_S = (0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 8.0)
WAIT_S = 30.0


def send_until_ready(
    client: GraphClient,
    calls: Sequence[Call],
    read: Callable[[Answer], T],
    is_missing: Callable[[Call, T], bool],
    deadline: Deadline,
    pauses_s: Sequence[float] = PAUSES_S,
) -> list[T]:
    """As GraphClient.send; a call whose result `is_missing` is sent again after each pause."""
    results = client.send(calls, read, deadline)
    limit = Deadline(min(WAIT_S, deadline.remaining() / 2))
    for pause_s in pauses_s:
        missing = [i for i, result in enumerate(results) if is_missing(calls[i], result)]
        if not missing or pause_s > limit.remaining():
            break
        time.sleep(pause_s)
        for i, result in zip(missing, client.send([calls[i] for i in missing], read, deadline), strict=True):
            results[i] = result
    return results
