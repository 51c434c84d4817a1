"""What the tenant's record of requests says about a run. Pure: records in, figures out.

A record is a dict as the control API gives it: method, path, status, batch, fault, user, target, body, settled_at. A
single request and a member of a $batch are sub-requests; a single request and the outer $batch are HTTP requests.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from bench.people import Kind, Person

Record = dict[str, Any]

# When a fall of the limit counts as followed: over so many seconds as a whole.
FOLLOWED_FOR_S = 5.0
FOLLOWED_MAX_THROTTLED = 0.10
FOLLOWED_MIN_USED = 0.70
_STEP_S = 0.1


def is_outer(record: Record) -> bool:
    return str(record["path"]).endswith("/$batch")


def sub_requests(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if not is_outer(record)]


def http_requests(records: Sequence[Record]) -> int:
    return sum(record["batch"] is None for record in records)


def throttled(records: Sequence[Record]) -> int:
    return sum(record["status"] == 429 for record in records)


def throttled_share(records: Sequence[Record]) -> float:
    calls = sub_requests(records)
    return throttled(calls) / len(calls) if calls else 0.0


def seconds_until_followed(records: Sequence[Record], fell_at: float, limit: float) -> float | None:
    """Seconds from a fall of the limit to the first moment from which FOLLOWED_FOR_S as a whole hold: at most 10 % of
    the calls answered 429, at least 70 % of the new limit used. Tried in steps of 0.1 s. None: never.

    Not every single second: each later 429 with Retry-After 1 makes everybody wait for one, as it should.
    """
    settled = [call for call in sub_requests(records) if call["settled_at"] and call["settled_at"] >= fell_at]
    passed = sorted(float(call["settled_at"]) for call in settled if call["status"] != 429)
    refused = sorted(float(call["settled_at"]) for call in settled if call["status"] == 429)
    end = max(passed + refused, default=fell_at)
    start = fell_at
    while start + FOLLOWED_FOR_S <= end:
        done, thrown_back = _count(passed, start), _count(refused, start)
        is_quiet = thrown_back <= FOLLOWED_MAX_THROTTLED * (done + thrown_back)
        if is_quiet and done >= FOLLOWED_MIN_USED * limit * FOLLOWED_FOR_S:
            return start - fell_at
        start += _STEP_S
    return None


def share_used(records: Sequence[Record], since: float, limit: float) -> float:
    """How much of a limit a second the calls that passed used, from a moment to the last of them."""
    passed = [float(call["settled_at"]) for call in sub_requests(records) if call["status"] not in (None, 429)]
    return len(passed) / ((max(passed) - since) * limit) if passed else 0.0


def _count(moments: Sequence[float], start: float) -> int:
    """How many of the sorted moments lie in the FOLLOWED_FOR_S from `start` on."""
    return bisect_left(moments, start + FOLLOWED_FOR_S) - bisect_left(moments, start)


def written_twice(records: Sequence[Record]) -> int:
    """Writes that were done although the same number had been written for the same user before."""
    seen: set[tuple[str, str, str]] = set()
    twice = 0
    for record in _writes(records):
        if record["status"] is None or record["status"] >= 300:
            continue
        key = (record["user"], str(record["target"]), str((record["body"] or {}).get("phoneNumber")))
        twice += key in seen
        seen.add(key)
    return twice


def blind_posts(records: Sequence[Record]) -> int:
    """POSTs for a user whose earlier POST may have been done, with no answered look at the user in between."""
    doubtful: set[str] = set()
    blind = 0
    for record in sub_requests(records):
        user, path = record["user"], str(record["path"])
        if record["method"] == "GET" and path.endswith("/phoneMethods"):
            if record["status"] == 200 and record["fault"] is None:
                doubtful.discard(user)
        elif record["method"] == "POST" and path.endswith("/phoneMethods"):
            blind += user in doubtful
            if _may_be_done(record):
                doubtful.add(user)
    return blind


def _may_be_done(record: Record) -> bool:
    """The client cannot know: the exchange was spoilt, or the answer was a 5xx."""
    return record["fault"] not in (None, "status") or record["status"] is None or record["status"] >= 500


def _writes(records: Sequence[Record]) -> Iterator[Record]:
    return (record for record in sub_requests(records) if record["method"] in ("POST", "PATCH", "PUT"))


def wrong_and_unreported(
    who: Sequence[Person], users: dict[str, Any], results: Sequence[dict[str, Any]]
) -> tuple[int, int]:
    """How many users are not as they should be, and how many of those the answer does not call failed."""
    status = {result["userPrincipalName"]: result["status"] for result in results}
    wrong = unreported = 0
    for person in who:
        mobile = users[person.upn]["phoneMethods"].get("mobile", {}).get("phoneNumber")
        expected = person.registered if person.kind is Kind.EMPTY else person.number
        if mobile != expected:
            wrong += 1
            unreported += status.get(person.upn) != "failed"
        elif person.upn not in status:
            unreported += 1
    return wrong, unreported
