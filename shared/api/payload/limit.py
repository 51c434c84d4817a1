"""How much of a body is read. Lists end at their limit before more of them is kept; see `json_text` for JSON."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from shared.deadline import Deadline
from shared.errors import ParsingTimedOut, TooManyUsers

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `entries` of a list, and no longer than the deadline allows."""

    entries: int
    deadline: Deadline

    def counted(self, entries: Iterable[_T]) -> Iterator[_T]:
        """Raises as `check` does."""
        for number, entry in enumerate(entries, 1):
            self.check(number)
            yield entry

    def check(self, number: int) -> None:
        """Of the entry that is read now, from 1. Raises TooManyUsers one past the limit, and ParsingTimedOut."""
        if number > self.entries:
            raise TooManyUsers(
                f"One request to this route may name {self.entries} users; this one names more. Split the list."
            )
        if self.deadline.remaining() == 0:
            raise ParsingTimedOut("Reading the body took the whole time budget of the request. Nothing was done.")


NO_LIMIT = Limit(2**63, Deadline(math.inf))
