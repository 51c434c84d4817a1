"""Lines of a check: what was looked at, what came of it, and what mends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.core.report import Json


class Result(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"  # not known: a line above failed, or a permission is missing


_WORST_FIRST = (Result.FAILURE, Result.WARNING, Result.OK)


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` is a command, a setting or a place in a portal; "" where there is nothing to fix."""

    result: Result
    detail: str
    mend: str = ""


def ok(detail: str) -> Finding:
    return Finding(Result.OK, detail)


def warning(detail: str, mend: str) -> Finding:
    return Finding(Result.WARNING, detail, mend)


def failure(detail: str, mend: str) -> Finding:
    return Finding(Result.FAILURE, detail, mend)


def skipped(detail: str, mend: str = "") -> Finding:
    return Finding(Result.SKIPPED, detail, mend)


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    finding: Finding

    @property
    def result(self) -> Result:
        return self.finding.result

    def as_json(self) -> Json:
        found = self.finding
        return {"name": self.name, "result": found.result.value, "detail": found.detail, "mend": found.mend}


class Sheet:
    """Lines in their order."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, name: str, finding: Finding) -> None:
        self.lines.append(Line(name, finding))

    def skip(self, cause: str, *names: str) -> None:
        for name in names:
            self.add(name, skipped(f"Not known: fix {cause} first."))

    def has_failed(self, name: str) -> bool:
        return any(line.name == name and line.result is Result.FAILURE for line in self.lines)


def worst(lines: Sequence[Line]) -> Result:
    """Skipped lines do not count: a line above them failed, or the settings do not need them."""
    results = {line.result for line in lines}
    return next((result for result in _WORST_FIRST if result in results), Result.OK)
