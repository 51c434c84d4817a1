"""Hypothesis strategies that several tests share: phone numbers, and how long a property is tried."""

from dataclasses import replace
from functools import cache

import phonenumbers
from hypothesis import settings
from hypothesis import strategies as st

from shared.core.phone import PhoneNumber, read_number
from shared.core.phone_text import InvalidNumber
from tests.unit.parsed import parse_number

FEW = settings(max_examples=60)
MORE = settings(max_examples=100)


@cache
def examples() -> list[str]:
    """The library's example number of every region and type, as E.164."""
    found = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in phonenumbers.PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return sorted(found)


@cache
def accepted() -> list[PhoneNumber]:
    found = []
    for text in examples():
        try:
            found.append(parse_number(text, None))
        except InvalidNumber:
            continue
    return found


def _mobile() -> list[PhoneNumber]:
    return [number for number in accepted() if read_number(number.graph_format, None).office_only is None]


# Only a test that draws one asks the library for its examples, which takes a second.
mobile_numbers = st.deferred(lambda: st.sampled_from(_mobile()))
plain_numbers = st.deferred(lambda: st.sampled_from(accepted()))
numbers = st.builds(replace, plain_numbers, extension=st.from_regex(r"([1-9][0-9]{0,5})?", fullmatch=True))
