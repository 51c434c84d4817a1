"""Random valid mobile numbers of a country, the same in every run."""

import functools
import random

import phonenumbers
from phonenumbers import PhoneNumberType


@functools.cache
def mobiles(region: str, count: int) -> list[phonenumbers.PhoneNumber]:
    """Up to `count` of them: the library's example with other digits behind the first ones."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        return []
    chance = random.Random(region)  # noqa: S311 - test data
    digits = phonenumbers.national_significant_number(example)
    found: list[phonenumbers.PhoneNumber] = []
    for _ in range(200 * count):
        kept = chance.choice((1, 2, 3, 4))
        text = digits[:kept] + "".join(chance.choice("0123456789") for _ in digits[kept:])
        number = phonenumbers.PhoneNumber(country_code=example.country_code, national_number=int(text))
        is_own = phonenumbers.region_code_for_number(number) == region and not text.startswith("0")
        if is_own and phonenumbers.number_type(number) in (
            PhoneNumberType.MOBILE,
            PhoneNumberType.FIXED_LINE_OR_MOBILE,
        ):
            found.append(number)
        if len(found) == count:
            break
    return found


def e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def in_graph_format(number: phonenumbers.PhoneNumber) -> str:
    return f"+{number.country_code} {phonenumbers.national_significant_number(number)}"
