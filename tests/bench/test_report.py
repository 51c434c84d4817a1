import json
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

from bench.chart import chart
from bench.figures import Curve, Figure, Section, at_least, at_most, median_figure, short
from bench.machine import Machine
from bench.report import data, markdown, summary, table

HERE = Machine("a processor", 2, 24.0, "Linux", "CPython 3.11", "2026-11-22 10:00 UTC", "abc")
CURVES = [Curve("ours", {1: 4.0, 1_000: 900.0}, ours=True), Curve("them & co", {10: 5.0}), Curve("others", {10: 5.1})]
SECTION = Section(
    "Speed",
    "How it was done.",
    [
        Figure("held", 12.3456, "x", at_least(10)),
        Figure("missed", 3.0, "s", at_most(2)),
        Figure("never followed", float("inf"), "s", at_most(3)),
        Figure("unknown", None, "MB", at_most(150), "needs | Linux"),
        Figure("for information", 1_234.5),
    ],
    CURVES,
)


def test_a_floor_on_either_side() -> None:
    assert Figure("a", 10, "", at_least(10)).holds is True
    assert Figure("a", 9.9, "", at_least(10)).holds is False
    assert Figure("a", 9.9, "", at_most(10)).holds is True
    assert Figure("a", 10.1, "", at_most(10)).holds is False
    assert Figure("a", None, "", at_most(10)).holds is None
    assert Figure("a", 1.0).holds is None


def test_a_median_shows_its_runs() -> None:
    figure = median_figure("a", [3, 1, 2], "s", at_most(2))
    assert (figure.value, figure.holds, figure.note) == (2, True, "runs: 3, 1, 2")
    assert median_figure("a", []).value is None


def test_numbers_are_short() -> None:
    assert [short(value) for value in (0.0712, 2.0, 45.678, 1006.6, float("inf"))] == [
        "0.0712",
        "2",
        "45.7",
        "1,007",
        "never",
    ]


def test_the_summary_names_what_was_missed_and_what_was_not_measured() -> None:
    assert summary([SECTION]) == "1 of 4 floors hold.\nMissed: missed\nMissed: never followed\nNot measured: unknown"


def test_the_table_has_a_line_for_each_figure() -> None:
    lines = table([SECTION]).splitlines()
    assert len(lines) == 7
    assert lines[2].split() == ["held", "12.3", "x", "≥", "10", "holds"]
    assert lines[4].endswith("never           ≤ 3  MISSED")


def test_the_page_names_machine_figures_and_curves() -> None:
    page = markdown([SECTION], HERE, 7.25)
    assert "2026-11-22 10:00 UTC, commit abc, 7.2 minutes" in page
    assert "| unknown | not measured | ≤ 150 | not measured | needs / Linux |" in page
    assert "| ours | 4 |  | 900 |" in page


def test_the_data_is_plain_json() -> None:
    document = json.loads(data([SECTION], HERE, 7.25), parse_constant=lambda name: f"not JSON: {name}")
    figures = {figure["name"]: figure for figure in document["sections"][0]["figures"]}
    assert figures["held"]["holds"] is True
    assert figures["never followed"]["value"] is None
    assert figures["never followed"]["holds"] is False


def test_the_picture_is_valid_and_its_names_do_not_overlap() -> None:
    root = ElementTree.fromstring(chart(CURVES, "Speed & size"))  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "Speed & size"
    assert len(root.findall(f"{space}circle")) == 4
    labels = [text for text in root.findall(f"{space}text") if text.get("class", "").startswith("f")]
    heights = sorted(float(label.get("y", "0")) for label in labels)
    assert [label.text for label in labels] == ["ours: 900", "others: 5.1", "them & co: 5"]
    assert min(after - before for before, after in pairwise(heights)) >= 18
