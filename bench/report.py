"""The figures as a table for the terminal, as a Markdown page and as JSON. Pure."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.figures import Figure, Floor, Section, short
from bench.machine import Machine

PICTURE = "users-per-second.svg"
_NAME_WIDTH, _VALUE_WIDTH, _FLOOR_WIDTH = 62, 16, 12


def value_text(figure: Figure) -> str:
    if figure.value is None:
        return "not measured"
    unit = "" if math.isinf(figure.value) else figure.unit
    return f"{short(figure.value)} {unit}".rstrip()


def floor_text(floor: Floor | None) -> str:
    return "" if floor is None else f"{'≤' if floor.at_most else '≥'} {floor.bound:g}"


def verdict(figure: Figure) -> str:
    if figure.floor is None:
        return ""
    return {True: "holds", False: "MISSED", None: "not measured"}[figure.holds]


def table(sections: Sequence[Section]) -> str:
    lines: list[str] = []
    for section in sections:
        lines += ["", section.title]
        for figure in section.figures:
            cells = (
                f"  {figure.name:<{_NAME_WIDTH}}",
                f"{value_text(figure):>{_VALUE_WIDTH}}",
                f"{floor_text(figure.floor):>{_FLOOR_WIDTH}}",
                verdict(figure),
            )
            lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def summary(sections: Sequence[Section]) -> str:
    judged = [figure for section in sections for figure in section.figures if figure.floor is not None]
    missed = [figure.name for figure in judged if figure.holds is False]
    unknown = [figure.name for figure in judged if figure.holds is None]
    held = len(judged) - len(missed) - len(unknown)
    lines = [f"{held} of {len(judged)} floors hold."]
    lines += [f"Missed: {name}" for name in missed]
    lines += [f"Not measured: {name}" for name in unknown]
    return "\n".join(lines)


def markdown(sections: Sequence[Section], machine: Machine, minutes: float) -> str:
    memory = f", {machine.memory_gb:g} GB" if machine.memory_gb else ""
    lines = [
        "# Figures of the bench",
        "",
        f"`python dev.py bench`, {machine.date}, commit {machine.commit}, {minutes:.1f} minutes.",
        f"{machine.processor}, {machine.cores} cores{memory}; {machine.system}; {machine.python}.",
        "",
        "Everything is simulated: caller, app, host, peers and tenant share one machine, and the tenant is this "
        "project's own sandbox. The figures compare ways to call Graph; they do not tell how fast Graph is.",
        "",
        summary(sections).replace("\n", "  \n"),
        "",
        f"![Users a second against the length of the list]({PICTURE})",
    ]
    for section in sections:
        lines += ["", f"## {section.title}", "", section.how, ""]
        lines += ["| figure | value | floor | holds | |", "|---|--:|--:|---|---|"]
        lines += [_row(figure) for figure in section.figures]
        lines += _curve_table(section)
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    cells = (figure.name, value_text(figure), floor_text(figure.floor), verdict(figure), figure.note.replace("|", "/"))
    return f"| {' | '.join(cells)} |"


def _curve_table(section: Section) -> list[str]:
    if not section.curves:
        return []
    sizes = sorted({size for curve in section.curves for size in curve.points})
    lines = ["", "Users a second by length of the list:", ""]
    lines += [f"| | {' | '.join(f'{size:,}' for size in sizes)} |", f"|---|{'--:|' * len(sizes)}"]
    for curve in section.curves:
        cells = (short(curve.points[size]) if size in curve.points else "" for size in sizes)
        lines.append(f"| {curve.name} | {' | '.join(cells)} |")
    return lines


def data(sections: Sequence[Section], machine: Machine, minutes: float) -> str:
    document = {
        "machine": asdict(machine),
        "minutes": round(minutes, 2),
        "sections": [
            {
                "title": section.title,
                "how": section.how,
                "figures": [_figure_data(figure) for figure in section.figures],
                "curves": [asdict(curve) for curve in section.curves],
            }
            for section in sections
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _figure_data(figure: Figure) -> dict[str, Any]:
    words = asdict(figure)
    if figure.value is not None and math.isinf(figure.value):
        words["value"] = None
    return {**words, "holds": figure.holds}
