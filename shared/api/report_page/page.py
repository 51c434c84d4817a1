"""Fills the page. It escapes everything about users, and pins by hash what a browser may run or load."""

import base64
import functools
import hashlib
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from string import Template
from typing import Any

from shared.core.report import Json
from shared.core.survey.figures import DATES, Figures, State, state_of

_STATES = {
    State.PHONE_ONLY: "Only a phone",
    State.PHONE_AND_OTHER: "Phone and another method",
    State.PHONE_AND_RESISTANT: "Phone and a phishing-resistant method",
    State.NO_PHONE: "Other methods, no phone",
    State.NOTHING: "Nothing registered",
    State.UNKNOWN: "Not known",
}
_DAYS = dict(zip(DATES, ("1 February 2027", "1 July 2027"), strict=True))
_LATER = "Global Administrators and external users"
# What the table shows, searches or filters by; the CSV has all columns.
_COLUMNS = (
    *("userPrincipalName", "userId", "message", "desired", "registered", "drift", "smsSignIn", "methods"),
    *("phoneOnly", "retiresOn", "country", "regionOptIn", "extensionOnMobile", "sharedNumber"),
)
_FINDINGS = (
    (
        "drift",
        "Directory and method differ",
        "The registered number is not the one in the directory. Reconcile these users.",
    ),
    ("sharedNumber", "Number shared with others", "Another user has, or should have, the same mobile number."),
    ("smsSignIn", "SMS sign-in", "Signing in with a number ends on 1 February 2027, even with a provider of your own."),
    ("regionOptIn", "Region that needs opt-in", "Microsoft sends nothing there until your tenant asks for it."),
    ("extensionOnMobile", "Extension on a mobile", "Extensions work for office phones only."),
    ("failed", "Not read", "The report could not read these users. The table says why."),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """`ending`: why the page does not have everybody, or ""."""

    created_at: datetime
    ending: str = ""


def report_page(rows: Iterable[Json], notes: Sequence[Json], heading: Heading) -> bytes:
    found, table = Figures(), list[list[object]]()
    for row in rows:
        found.add(row)
        table.append([*(row[name] for name in _COLUMNS), state_of(row).value])
    figures: dict[str, Any] = found.as_json()
    data = {
        "columns": [*_COLUMNS, "state"],
        "states": {state.value: name for state, name in _STATES.items()},
        "order": [state.value for state in State],
        "rows": table,
    }
    filled = Template(_file("page.html")).substitute(
        policy=html.escape(content_policy()),
        css=_file("page.css"),
        js=_file("page.js"),
        day=heading.created_at.date().isoformat(),
        moment=f"{heading.created_at:%d %B %Y, %H:%M} UTC".lstrip("0"),
        users=_many(figures["users"]),
        ending=f" · {html.escape(heading.ending)}" if heading.ending else "",
        tiles=_tiles(figures),
        notes=_notes(notes),
        dates="".join(_date(date, figures["retires"][date], is_known=_knows_dates(figures)) for date in DATES),
        states="".join(_state(state, figures["states"][state], figures["users"]) for state in State),
        countries=_countries(figures["countries"]),
        findings="".join(_finding(*finding, figures) for finding in _FINDINGS),
        data=_json(data),
    )
    # A lone surrogate cannot be encoded.
    return filled.encode("utf-8", "replace")


@functools.cache
def content_policy() -> str:
    """As header and in the page. Scripts and styles are these two; nothing is loaded from anywhere."""
    script, style = (
        base64.b64encode(hashlib.sha256(_file(name).encode()).digest()).decode() for name in ("page.js", "page.css")
    )
    return (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@functools.cache
def _file(name: str) -> str:
    # As text: line ends become those that the browser hashes, whatever the checkout has.
    return resources.files("shared.api.report_page").joinpath(name).read_text("utf-8")


def _json(value: object) -> str:
    """JSON that no HTML parser takes for the end of the script or for a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _tiles(figures: Mapping[str, Any]) -> str:
    first, later = (figures["retires"][date] for date in DATES)
    blocked = first[State.PHONE_ONLY] + later[State.PHONE_ONLY]
    knows_methods, knows_dates = figures["phoneOnly"] is not None, _knows_dates(figures)
    return "".join(
        (
            _tile(
                f"Affected on {_DAYS[DATES[0]]}", first["users"] if knows_dates else None, "SMS and voice end", "amber"
            ),
            _tile(f"Affected on {_DAYS[DATES[1]]}", later["users"] if knows_dates else None, _LATER, "amber"),
            _tile(
                "Of these, only a phone",
                blocked if knows_methods and knows_dates else None,
                "Must register a passkey before they can sign in",
                "alarm",
            ),
            _tile(
                "Phishing-resistant already",
                figures["phishingResistant"],
                "Have a passkey, a security key or Windows Hello",
                "good",
            ),
        )
    )


def _knows_dates(figures: Mapping[str, Any]) -> bool:
    return figures["smsPolicy"] is not None or figures["voicePolicy"] is not None


def _tile(name: str, number: int | None, about: str, style: str) -> str:
    style = style if number else ""
    return (
        f'<div class="{style}"><dt>{name}</dt><dd class="number">{_number(number)}</dd>'
        f'<dd class="about">{about}</dd></div>'
    )


def _date(date: str, found: Mapping[str, int], *, is_known: bool) -> str:
    about = "" if date == DATES[0] else f"<br><small>{_LATER}</small>"
    names = ("users", State.PHONE_ONLY, State.PHONE_AND_OTHER, State.PHONE_AND_RESISTANT)
    cells = "".join(f"<td>{_number(found[name] if is_known else None)}</td>" for name in names)
    return f'<tr><th scope="row"><time class="day" datetime="{date}">{_DAYS[date]}</time>{about}</th>{cells}</tr>'


def _state(state: State, users: int, of: int) -> str:
    if not users:
        return ""
    bar = _bar([(users, "alarm" if state is State.PHONE_ONLY else "")], of)
    return f'<tr><th scope="row">{_STATES[state]}</th><td>{users:,}</td>{bar}</tr>'


def _countries(found: Sequence[Mapping[str, Any]]) -> str:
    most = max((each["users"] for each in found), default=0)
    rows = (
        f'<tr><th scope="row" data-country="{html.escape(each["country"])}">'
        f"{html.escape(each['country']) or 'Not known'}</th>"
        f"<td>{each['users']:,}</td><td>{each['phoneOnly']:,}</td>"
        f"{_bar([(each['phoneOnly'], 'alarm'), (each['users'] - each['phoneOnly'], '')], most)}</tr>"
        for each in found
    )
    return "".join(rows) or '<tr><td colspan="4">The report found no registered phone.</td></tr>'


def _bar(parts: Sequence[tuple[int, str]], whole: int) -> str:
    drawn, begin = "", 0.0
    for users, style in parts:
        width = 100 * users / whole if whole else 0.0
        drawn += f'<rect x="{begin:.1f}" width="{width:.1f}" height="10" class="{style}"/>' if users else ""
        begin += width
    return f'<td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg></td>'


def _finding(name: str, title: str, about: str, figures: Mapping[str, Any]) -> str:
    if name == "failed" and not figures[name]:
        return ""
    return f'<div><dt>{title}</dt><dd class="number">{_number(figures[name])}</dd><dd class="about">{about}</dd></div>'


def _notes(notes: Sequence[Json]) -> str:
    if not notes:
        return ""
    items = "".join(f"<li>{_columns(note)}{html.escape(str(note['detail']))}</li>" for note in notes)
    return (
        f'<section class="notes" aria-labelledby="notes"><h2 id="notes">Read this first</h2><ul>{items}</ul></section>'
    )


def _columns(note: Json) -> str:
    columns = note["columns"]
    names = [f"<code>{html.escape(str(name))}</code>" for name in columns] if isinstance(columns, list) else []
    return f"{', '.join(names)}: " if names else ""


def _number(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _many(users: int) -> str:
    return f"{users:,} user" if users == 1 else f"{users:,} users"
