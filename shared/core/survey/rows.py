"""One user of the report: every column. What was not read, or Graph does not tell, is None.

`tags` serve to find numbers that several users share. They are removed before a row is shown.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.core.codes import Code
from shared.core.desired import Desired
from shared.core.models import PHONES, Method, Stop, Target, User
from shared.core.phone import PhoneNumber, likely_country_of
from shared.core.plan_id import Keyed, number_tag
from shared.core.report import Json
from shared.core.survey import registered
from shared.core.survey.phones import SeenPhone
from shared.core.survey.regions import needs_opt_in
from shared.core.survey.tenant import Tenant, retires_on

# After the user's names, in this order, everywhere.
COLUMNS = (
    *("desired", "registered", "drift", "smsSignIn", "methods", "phoneOnly", "phishingResistant"),
    *("smsPolicy", "voicePolicy", "retiresOn", "country", "regionOptIn", "extensionOnMobile", "sharedNumber"),
)
REPORTED, FAILED = STATUSES = ("reported", "failed")
_MOBILES = (Method.MOBILE, Method.ALTERNATE_MOBILE)
_TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Reading:
    """A user as read. `phones`: none where none are registered. `methods` None: Graph does not tell."""

    user: User
    desired: Desired | Stop
    phones: tuple[SeenPhone, ...] | Stop
    methods: tuple[str, ...] | None


def unread_row(target: Target, stop: Stop) -> Json:
    """The row of a user who could not be read."""
    return _row(target.upn, target.id, FAILED, stop, {})


def user_row(reading: Reading, tenant: Tenant, keyed: Keyed) -> Json:
    user, phones = reading.user, reading.phones
    desired, fault = _desired(reading.desired)
    tags = {method: number_tag(number, keyed) for method, number in desired.items() if number is not None}
    known = None if isinstance(phones, Stop) else {phone.method: phone for phone in phones}
    has_phone = bool(known) if known is not None else _says_phone(reading.methods)
    columns: dict[str, object] = {
        "desired": {method.value: number.masked if number else None for method, number in desired.items()},
        "registered": None if known is None else {method.value: phone.masked for method, phone in known.items()},
        # What differs is seen whatever another method should hold; that nothing does is not.
        "drift": None if known is None else _drifts(desired, tags, known) or (False if fault is None else None),
        "smsSignIn": None if known is None else any(phone.sms_sign_in for phone in known.values()),
        "smsPolicy": None if tenant.sms is None else user.id in tenant.sms,
        "voicePolicy": None if tenant.voice is None else user.id in tenant.voice,
        "retiresOn": retires_on(user.id, tenant, is_external=is_external(user)) if has_phone else None,
        **_places(desired, known or {}),
        "extensionOnMobile": _has_extension(desired, known or {}),
    }
    if reading.methods is not None:
        columns["methods"] = list(reading.methods)
        columns["phoneOnly"] = registered.is_phone_only(reading.methods, has_phone=bool(has_phone))
        columns["phishingResistant"] = registered.is_phishing_resistant(reading.methods)
    stop = phones if isinstance(phones, Stop) else fault
    row = _row(user.upn, user.id, FAILED if isinstance(phones, Stop) else REPORTED, stop, columns)
    mobiles = {tags[method] for method in _MOBILES if method in tags}
    mobiles |= {known[method].tag for method in _MOBILES if known and method in known}
    return row | {_TAGS: sorted(mobiles - {""})}


def shown(row: Json, shared: Collection[str]) -> Json:
    """A row as it is answered. `shared`: the tags that several users have."""
    tags = row.get(_TAGS)
    is_shared = None if not isinstance(tags, list) else any(tag in shared for tag in tags)
    return {name: value for name, value in row.items() if name != _TAGS} | {"sharedNumber": is_shared}


def tags_of(row: Json) -> list[str]:
    tags = row.get(_TAGS)
    return tags if isinstance(tags, list) else []


def distinct(rows: Iterable[Json]) -> Iterator[Json]:
    """One for each user, who may be in the list twice, by name and by id."""
    seen: set[object] = set()
    for row in rows:
        if row["userId"] is None or row["userId"] not in seen:
            seen.add(row["userId"])
            yield row


def is_external(user: User) -> bool:
    """A guest by invitation. `userType` says less: an internal guest has a password in this tenant."""
    return user.invited or "#ext#" in user.upn.lower()


def _row(upn: str | None, user_id: str | None, status: str, stop: Stop | None, columns: Mapping[str, object]) -> Json:
    return {
        "userPrincipalName": upn,
        "userId": user_id,
        "status": status,
        "code": stop.code.value if stop else None,
        "message": stop.message if stop else None,
        **{name: columns.get(name) for name in COLUMNS},
    }


def _desired(desired: Desired | Stop) -> tuple[dict[Method, PhoneNumber | None], Stop | None]:
    """What each phone method should hold (None: nothing), and why that could not be made out of one of them."""
    if isinstance(desired, Stop):
        return {}, None if desired.code is Code.SOURCE_EMPTY else desired
    values = {method: desired.values[method] for method in PHONES if method in desired.values}
    stops = [value.stop for value in values.values() if value.stop is not None]
    return {
        method: value.value if isinstance(value.value, PhoneNumber) else None
        for method, value in values.items()
        if value.stop is None
    }, next((stop for stop in stops if stop.code is not Code.SOURCE_EMPTY), None)


def _drifts(
    desired: Mapping[Method, PhoneNumber | None], tags: Mapping[Method, str], known: Mapping[Method, SeenPhone]
) -> bool:
    return any(
        method in known if number is None else method not in known or not known[method].is_number(number, tags[method])
        for method, number in desired.items()
    )


def _places(desired: Mapping[Method, PhoneNumber | None], known: Mapping[Method, SeenPhone]) -> dict[str, object]:
    """Of the registered number, else of the desired one."""
    for method in PHONES:
        if method in known and known[method].opt_in is not None:
            return {"country": known[method].country, "regionOptIn": known[method].opt_in}
    for number in desired.values():
        if number is not None:
            return {"country": likely_country_of(number), "regionOptIn": needs_opt_in(number)}
    return {}


def _has_extension(desired: Mapping[Method, PhoneNumber | None], known: Mapping[Method, SeenPhone]) -> bool:
    wanted = (desired.get(method) for method in _MOBILES)
    return any(number is not None and number.extension for number in wanted) or any(
        known[method].extension for method in _MOBILES if method in known
    )


def _says_phone(methods: tuple[str, ...] | None) -> bool | None:
    return None if methods is None else registered.has_phone(methods)
