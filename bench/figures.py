"""One measured figure, with the floor it has to hold; and the sizes of a whole run."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Floor:
    bound: float
    at_most: bool = False

    def holds(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


def at_least(bound: float) -> Floor:
    return Floor(bound)


def at_most(bound: float) -> Floor:
    return Floor(bound, at_most=True)


@dataclass(frozen=True)
class Figure:
    """`value` None: it could not be measured, and `note` says why. Without a floor it is for information."""

    name: str
    value: float | None
    unit: str = ""
    floor: Floor | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        if self.floor is None or self.value is None:
            return None
        return self.floor.holds(self.value)


def median_figure(name: str, values: Sequence[float], unit: str = "", floor: Floor | None = None) -> Figure:
    """The median, with all values in the note."""
    note = "" if len(values) < 2 else "runs: " + ", ".join(short(value) for value in values)
    return Figure(name, median(values) if values else None, unit, floor, note or ("" if values else "no run ended"))


def short(value: float) -> str:
    """Three digits that count; whole above a hundred; infinite is what never happened."""
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


@dataclass(frozen=True)
class Curve:
    """Users a second at each list size."""

    name: str
    points: dict[int, float]
    ours: bool = False


@dataclass(frozen=True)
class Section:
    """What one measurement found, and how it was done."""

    title: str
    how: str
    figures: list[Figure]
    curves: list[Curve] = field(default_factory=list)


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    repeats: int
    users: int  # the list most floors speak of
    curve: tuple[int, ...]
    slow_peer: int
    fast_peer: int
    throttled: int
    trickle: int
    linear: tuple[int, int]
    lanes: int  # throttled runs side by side


FULL = Scale(
    repeats=3,
    users=1_000,
    curve=(1, 10, 100, 1_000, 4_000, 20_000),
    slow_peer=60,
    fast_peer=100,
    throttled=4_000,
    trickle=100,
    linear=(1_000, 20_000),
    lanes=5,
)
QUICK = Scale(
    repeats=1,
    users=200,
    curve=(1, 10, 100, 200),
    slow_peer=20,
    fast_peer=40,
    throttled=600,
    trickle=20,
    linear=(200, 1_000),
    lanes=4,
)

Say = Callable[[str], None]
Measure = Callable[[Scale, Say], Section]
