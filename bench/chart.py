"""The picture: users a second against the length of the list, both axes logarithmic. Hand-written SVG, pure.

It follows the reader's light or dark mode, also as an <img> on a page.
"""

import math
from collections.abc import Sequence
from html import escape

from bench.figures import Curve, short

_WIDTH, _HEIGHT = 830, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 245, 46, 52
# Okabe and Ito's colours, told apart by colour-blind readers too; the first is ours.
_LIGHT = ("#0072b2", "#d55e00", "#009e73", "#a6468a", "#8a6d00")
_DARK = ("#56b4e9", "#f0883e", "#2fd6a3", "#e39acb", "#e6c229")
_LABEL_GAP = 18


def chart(curves: Sequence[Curve], title: str) -> str:
    sizes = [size for curve in curves for size in curve.points]
    rates = [rate for curve in curves for rate in curve.points.values() if rate > 0]
    x = _Axis(_decade_below(min(sizes)), _decade_above(max(sizes)), _LEFT, _WIDTH - _RIGHT)
    y = _Axis(_decade_below(min(rates)), _decade_above(max(rates)), _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f"<style>{_style(len(curves))}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>',
        f'<text class="ink" x="{_LEFT}" y="26" font-size="15" font-weight="600">{escape(title)}</text>',
        *_grid(x, y),
        *(part for place, curve in enumerate(curves) for part in _line(place, curve, x, y)),
        *_labels(curves, y),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axis:
    def __init__(self, lowest: int, highest: int, start: float, end: float) -> None:
        self.decades = range(lowest, max(highest, lowest + 1) + 1)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.decades[0]) / (self.decades[-1] - self.decades[0])
        return round(self._start + share * (self._end - self._start), 1)


def _decade_below(value: float) -> int:
    return math.floor(math.log10(value))


def _decade_above(value: float) -> int:
    return math.ceil(math.log10(value))


def _style(curves: int) -> str:
    def rules(paper: str, ink: str, grid: str, colours: Sequence[str]) -> str:
        lines = [f".paper{{fill:{paper}}}.ink{{fill:{ink}}}.grid{{stroke:{grid}}}"]
        for place in range(curves):
            colour = colours[place % len(colours)]
            lines.append(f".s{place}{{stroke:{colour}}}.f{place}{{fill:{colour}}}")
        return "".join(lines)

    light = rules("#ffffff", "#24292f", "#d8dee4", _LIGHT)
    dark = rules("#0d1117", "#e6edf3", "#30363d", _DARK)
    return f"{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _grid(x: _Axis, y: _Axis) -> list[str]:
    parts = []
    for decade in x.decades:
        place = x.at(10.0**decade)
        parts.append(f'<path class="grid" d="M{place} {_TOP}V{_HEIGHT - _BOTTOM}"/>')
        text = f'<text class="ink" x="{place}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{10**decade:,}</text>'
        parts.append(text)
    for decade in y.decades:
        place = y.at(10.0**decade)
        parts.append(f'<path class="grid" d="M{_LEFT} {place}H{_WIDTH - _RIGHT}"/>')
        text = f'<text class="ink" x="{_LEFT - 8}" y="{place + 4}" text-anchor="end">{short(10.0**decade)}</text>'
        parts.append(text)
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    name = "users in the list (dotted: not measured)"
    parts.append(f'<text class="ink" x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">{name}</text>')
    turned = f"rotate(-90 18 {_HEIGHT / 2})"
    label = (
        f'<text class="ink" x="18" y="{_HEIGHT / 2}" text-anchor="middle" transform="{turned}">users a second</text>'
    )
    parts.append(label)
    return parts


def _line(place: int, curve: Curve, x: _Axis, y: _Axis) -> list[str]:
    points = [(x.at(size), y.at(rate), rate) for size, rate in sorted(curve.points.items()) if rate > 0]
    path = "L".join(f"{across} {down}" for across, down, _ in points)
    width = 3 if curve.ours else 1.8
    parts = [f'<path class="s{place}" d="M{path}" fill="none" stroke-width="{width}" stroke-linejoin="round"/>']
    parts += [f'<circle class="f{place}" cx="{across}" cy="{down}" r="{width + 1}"/>' for across, down, _ in points]
    end_x, end_y, _ = points[-1]
    parts.append(
        f'<path class="s{place}" d="M{end_x} {end_y}H{_WIDTH - _RIGHT}" stroke-dasharray="1 6" opacity="0.7"/>'
    )
    if curve.ours:
        parts += [
            f'<text class="ink" x="{across}" y="{down - 10}" text-anchor="middle" font-size="11">{short(rate)}</text>'
            for across, down, rate in points
        ]
    return parts


def _labels(curves: Sequence[Curve], y: _Axis) -> list[str]:
    """Each curve's name and last rate at the right edge, moved apart where they would overlap."""
    last = [(curve.points[max(curve.points)], place, curve) for place, curve in enumerate(curves)]
    parts, lowest = [], -math.inf
    for rate, place, curve in sorted(last, key=lambda item: -item[0]):
        lowest = max(y.at(rate) + 4 if rate > 0 else _TOP, lowest + _LABEL_GAP)
        weight = ' font-weight="600"' if curve.ours else ""
        text = escape(f"{curve.name}: {short(rate)}")
        parts.append(f'<text class="f{place}" x="{_WIDTH - _RIGHT + 10}" y="{lowest}"{weight}>{text}</text>')
    return parts
