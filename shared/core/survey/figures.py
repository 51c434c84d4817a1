"""All users of the report together: how many, when, where."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from shared.core.report import Json
from shared.core.survey import registered
from shared.core.survey.rows import REPORTED
from shared.core.survey.tenant import ENDS_LATER_ON, ENDS_ON

DATES = (ENDS_ON, ENDS_LATER_ON)
# For these columns, the report counts the users that have them.
COUNTED = (
    *("drift", "smsSignIn", "phoneOnly", "phishingResistant", "smsPolicy", "voicePolicy"),
    *("regionOptIn", "extensionOnMobile", "sharedNumber"),
)


class State(StrEnum):
    """What a user could still sign in with if the phone no longer worked. The worst comes first."""

    PHONE_ONLY = "phoneOnly"
    PHONE_AND_OTHER = "phoneAndOther"
    PHONE_AND_RESISTANT = "phoneAndResistant"
    NO_PHONE = "noPhone"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


def state_of(row: Json) -> State:
    methods = row["methods"]
    if not isinstance(methods, list):
        return State.UNKNOWN
    if row["phoneOnly"]:
        return State.PHONE_ONLY
    seen = row["registered"]
    has_phone = registered.has_phone(methods) if seen is None else bool(seen)
    if has_phone:
        return State.PHONE_AND_RESISTANT if row["phishingResistant"] else State.PHONE_AND_OTHER
    return State.NO_PHONE if methods else State.NOTHING


class Figures:
    """Counts rows as they come, so that no list of them is needed. A figure is None if no row has a value for it."""

    def __init__(self) -> None:
        self._users = self._failed = 0
        self._known: Counter[str] = Counter()
        self._true: Counter[str] = Counter()
        self._phone: Counter[bool | None] = Counter()
        self._dates: dict[str, Counter[State]] = {date: Counter() for date in DATES}
        self._states: Counter[State] = Counter()
        self._countries: dict[str, Counter[str]] = {}

    def add(self, row: Json) -> None:
        self._users += 1
        self._failed += row["status"] != REPORTED
        for name in COUNTED:
            self._known[name] += row[name] is not None
            self._true[name] += row[name] is True
        seen, retires_on, state = row["registered"], str(row["retiresOn"]), state_of(row)
        self._phone[None if seen is None else bool(seen)] += 1
        self._states[state] += 1
        if retires_on in self._dates:
            self._dates[retires_on][state] += 1
        if seen:
            found = self._countries.setdefault(str(row["country"] or ""), Counter())
            found.update({"users": 1, "phoneOnly": int(row["phoneOnly"] is True), retires_on: 1})

    def as_json(self) -> Json:
        return {
            "users": self._users,
            "failed": self._failed,
            "phone": self._phone[True] if self._phone[True] or self._phone[False] else None,
            **{name: self._true[name] if self._known[name] else None for name in COUNTED},
            "retires": {date: _by_state(found) for date, found in self._dates.items()},
            "states": {state.value: self._states[state] for state in State},
            "countries": self._by_country(),
        }

    def _by_country(self) -> list[Json]:
        """Of the users who have a phone; the most users first. The country "" is one that cannot be told."""
        ordered = sorted(self._countries.items(), key=lambda item: (-item[1]["users"], item[0]))
        return [
            {"country": country, **{name: found[name] for name in ("users", "phoneOnly", *DATES)}}
            for country, found in ordered
        ]


def _by_state(found: Mapping[State, int]) -> Json:
    return {"users": sum(found.values()), **{state.value: found.get(state, 0) for state in _WITH_PHONE}}


# Nobody else is affected; UNKNOWN has one, too.
_WITH_PHONE = (State.PHONE_ONLY, State.PHONE_AND_OTHER, State.PHONE_AND_RESISTANT, State.UNKNOWN)


def figures(rows: Iterable[Json]) -> Json:
    found = Figures()
    for row in rows:
        found.add(row)
    return found.as_json()
