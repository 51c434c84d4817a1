"""Lists at Graph: a page of one, and several read to their end together, the next page of each in one batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import error_code

# Of 999 entries, Graph's maximum: a million. It ends a list whose last page leads to its first, too.
MAX_PAGES = 1002


def page_of(client: GraphClient, body: Mapping[str, object]) -> tuple[list[object], str | None]:
    """The entries of a page, and the path of the next one. Raises ValueError for what is no page."""
    values, next_path = body.get("value"), client.relative(body.get("@odata.nextLink"))
    if not isinstance(values, list):
        raise ValueError("no list of entries")
    return values, next_path


def objects(values: list[object]) -> list[Mapping[str, object]]:
    """The same entries. Raises ValueError if one of them is no object."""
    found: list[Mapping[str, object]] = [value for value in values if isinstance(value, dict)]
    if len(found) < len(values):
        raise ValueError("an entry is no object")
    return found


def objects_in(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The entries that are objects; none if there is no list."""
    values = body.get("value")
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


@dataclass(slots=True)
class Listing:
    """One list on its way. `take` is given each entry and raises ValueError for one that is not understood.

    `nothing`: Graph's error code that means there is nothing of the kind. `failure`: the answer that ended it early.
    """

    path: str | None
    take: Callable[[Mapping[str, object]], None]
    nothing: str | None = None
    pages: int = 0
    failure: Answer | None = None

    @property
    def is_open(self) -> bool:
        return self.path is not None and self.failure is None and self.pages < MAX_PAGES

    def read(self, answer: Answer, client: GraphClient) -> None:
        if self.nothing is not None and not answer.ok and error_code(answer) == self.nothing:
            self.path = None
            return
        if not answer.ok:
            self.failure = answer
            return
        try:
            self._take_page(answer.body, client)
        except ValueError:
            # An entry that is not understood may be the one that matters.
            self.failure = Answer(Fate.LOST)

    def _take_page(self, body: Mapping[str, object], client: GraphClient) -> None:
        values, path = page_of(client, body)
        for value in objects(values):
            self.take(value)
        self.path, self.pages = path, self.pages + 1


@dataclass(slots=True)
class Reading:
    """Lists that make one whole; while one of them is read, more may be added."""

    listings: list[Listing] = field(default_factory=list)

    def go_on(self) -> None:
        """Forgets what came in between, to read on where it was."""
        for listing in self.listings:
            listing.failure = None

    @property
    def failure(self) -> Answer | None:
        return next((listing.failure for listing in self.listings if listing.failure is not None), None)

    @property
    def is_endless(self) -> bool:
        return any(listing.pages >= MAX_PAGES and listing.path is not None for listing in self.listings)


def read_to_the_end(client: GraphClient, readings: list[Reading], deadline: Deadline) -> None:
    """One that has failed in a part is read no further."""
    while todo := [
        listing for reading in readings if reading.failure is None for listing in reading.listings if listing.is_open
    ]:
        calls = [Call("GET", listing.path or "") for listing in todo]
        for listing, answer in zip(todo, client.ask(calls, deadline), strict=True):
            listing.read(answer, client)
