"""What the demo prints of answers: what was planned for each user and what came of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.caller import Answer, Change, Outcome, Person, mask
from sandbox.console import WIDTH, Console, Row

_DOMAIN = "@contoso.com"
_USER = f"User {_DOMAIN}"
_LIST, _LIST_WIDTHS = (_USER, "Registered", "Directory", "Plan", "Result"), (19, 14, 16, 6)
_VALUES, _VALUES_WIDTHS = (_USER, "Method", "Value", "Plan", "Result"), (19, 15, 17, 6)
_LEFT, _LEFT_WIDTHS = ("Not changed", "Code", "Reason"), (16, 14)
_RUNS, _RUNS_WIDTHS = ("Request", "Calls", "Writes", "Users"), (18, 5, 6)
_COLOURS = {
    "planned": "cyan",
    "changed": "green",
    "applied": "green",
    "unchanged": "grey",
    "skipped": "yellow",
    "failed": "red",
    "unknown": "red",
}
_STATUSES = ("planned", "changed", "unchanged", "skipped", "failed")


@dataclass(frozen=True)
class Pair:
    """The same request as a dry run and for real."""

    plan: Answer
    result: Answer

    @property
    def outcomes(self) -> Iterator[tuple[Outcome, Outcome]]:
        return zip(self.plan.outcomes, self.result.outcomes, strict=True)


@dataclass(frozen=True)
class Run:
    """One request that was sent: `calls` are HTTP calls to Graph."""

    path: str
    name: str
    calls: int
    writes: int
    counts: Mapping[str, int]


def list_tables(console: Console, pair: Pair, earlier: Sequence[Person], *, verbose: bool) -> str:
    """One row for each user that changed, and one for each reason to leave users alone; with `verbose` a row for each
    user, and each reason where it comes first."""
    known = {person.upn: person for person in earlier}
    rows = []
    left: dict[tuple[str, str, str], list[str]] = {}
    said: set[str] = set()
    for plan, result in sorted(pair.outcomes, key=_rank):
        if not verbose and plan.status != "planned":
            left.setdefault((result.status, result.code, result.message), []).append(_short(result.upn))
            continue
        person = known.get(result.upn)
        numbers = (person.registered, person.directory) if person else ("", "")
        shown = (mask(number) or "-" for number in numbers)
        cells = (_short(result.upn), *shown, _action(plan.changes), result.code)
        rows.append(Row(cells, _COLOURS[result.status], note=_once(result.message, said) if verbose else ""))
    table = console.table(_LIST, _LIST_WIDTHS, rows)
    return table if verbose else f"{table}\n\n{_left_alone(console, left)}"


def values_table(console: Console, pair: Pair, *, verbose: bool) -> str:
    """One row for each method of a user; reasons only of what was refused, with `verbose` of all,
    each where it comes first."""
    rows = []
    said: set[str] = set()
    for plan, result in pair.outcomes:
        user = _short(result.upn)
        for planned, change in zip(plan.changes, result.changes, strict=True):
            cells = (user, change.method, change.value or "-", _action([planned]), change.code)
            is_told = verbose or change.status not in ("applied", "unchanged")
            note = _once(change.message, said) if is_told else ""
            rows.append(Row(cells, _COLOURS[change.status], note=note))
            user = ""
    return console.table(_VALUES, _VALUES_WIDTHS, rows)


def one_answer(answer: Answer, upn: str) -> str:
    """The JSON of an answer, of whose results only this user's is kept."""
    results = [result for result in answer.body["results"] if result["userPrincipalName"] == upn]
    return _packed({**answer.body, "results": results})


def runs_table(console: Console, runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        counts = ", ".join(f"{run.counts[status]} {status}" for status in _STATUSES if run.counts[status])
        rows.append(Row((f"{run.path}, {run.name}", f"{run.calls:>5}", f"{run.writes:>6}", counts)))
    return console.table(_RUNS, _RUNS_WIDTHS, rows)


def _left_alone(console: Console, left: Mapping[tuple[str, str, str], Sequence[str]]) -> str:
    rows = []
    for (status, code, message), users in left.items():
        who = users[0] if len(users) == 1 else f"{len(users)} users"
        rows.append(Row((who, code, message), _COLOURS[status], painted=1))
    return console.table(_LEFT, _LEFT_WIDTHS, rows)


def _rank(pair: tuple[Outcome, Outcome]) -> tuple[int, str, str]:
    result = pair[1]
    return _STATUSES.index(result.status), result.code, result.message


def _once(message: str, said: set[str]) -> str:
    """The message, or nothing when it was said before; notes it as said."""
    is_new = message not in said
    said.add(message)
    return message if is_new else ""


def _action(changes: Sequence[Change]) -> str:
    return ", ".join(change.action for change in changes if change.status == "planned") or "-"


def _short(upn: str) -> str:
    return upn.removesuffix(_DOMAIN)


def _packed(value: Any, indent: str = "") -> str:
    """JSON whose lines hold as many plain members as fit."""
    if not (isinstance(value, dict | list) and value):
        return json.dumps(value, ensure_ascii=False)
    inner = f"{indent}  "
    if isinstance(value, dict):
        members = [f'"{name}": {_packed(member, inner)}' for name, member in value.items()]
    else:
        members = [_packed(member, inner) for member in value]
    *others, last = members
    lines, line = [], ""
    for member in [*(f"{other}," for other in others), last]:
        longer = f"{line} {member}" if line else member
        if line and ("\n" in longer or len(inner + longer) > WIDTH):
            lines.append(inner + line)
            line = member
        else:
            line = longer
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([opening, *lines, inner + line, indent + closing])
