"""A phone method as the report keeps it: without the number. What is stored of a job holds no number in clear."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.core.models import PHONES, Current, Method, PhoneMethod, SmsState
from shared.core.phone import Match, PhoneNumber, StoredNumber, likely_country_of
from shared.core.plan_id import Keyed, number_tag
from shared.core.report import Json
from shared.core.survey.regions import needs_opt_in


@dataclass(frozen=True, slots=True)
class SeenPhone:
    """`tag` is equal for equal numbers, and "" where Graph does not show the number or it is none. Then `country` and
    `opt_in` are not known either."""

    method: Method
    masked: str
    tag: str = ""
    country: str | None = None
    opt_in: bool | None = None
    extension: bool = False
    sms_sign_in: bool = False

    def as_json(self) -> Json:
        return {
            "method": self.method.value,
            "masked": self.masked,
            "tag": self.tag,
            "country": self.country,
            "optIn": self.opt_in,
            "extension": self.extension,
            "smsSignIn": self.sms_sign_in,
        }

    def is_number(self, wanted: PhoneNumber, tag: str) -> bool:
        """Whether it is that number, extension included. Of a masked one, what can be seen has to agree."""
        if self.tag:
            return self.tag == tag
        return StoredNumber(self.masked).compare(wanted) is not Match.DIFFERENT


def seen_phones(current: Current, keyed: Keyed) -> tuple[SeenPhone, ...]:
    """In the order of PHONES."""
    found = (_seen(phone, keyed) for phone in current.phones)
    return tuple(sorted(found, key=lambda phone: PHONES.index(phone.method)))


def from_json(stored: Iterable[Json]) -> tuple[SeenPhone, ...]:
    return tuple(
        SeenPhone(
            Method(str(phone["method"])),
            str(phone["masked"]),
            str(phone["tag"]),
            None if phone["country"] is None else str(phone["country"]),
            None if phone["optIn"] is None else bool(phone["optIn"]),
            bool(phone["extension"]),
            bool(phone["smsSignIn"]),
        )
        for phone in stored
    )


def _seen(phone: PhoneMethod, keyed: Keyed) -> SeenPhone:
    masked, number = phone.number.masked, phone.number.canonical()
    signs_in = phone.sms_sign_in_state is SmsState.READY
    if number is None:
        return SeenPhone(phone.method, masked, extension="x" in masked, sms_sign_in=signs_in)
    return SeenPhone(
        phone.method,
        masked,
        number_tag(number, keyed),
        likely_country_of(number),
        needs_opt_in(number),
        bool(number.extension),
        signs_in,
    )
