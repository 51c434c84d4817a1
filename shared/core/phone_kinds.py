"""What kind of number it is, by the metadata of the `phonenumbers` library.

The library's own `number_type` tries a dozen expressions one after the other, for each country that shares the code.
Here one expression for each country does it in a tenth of the time. The tests compare both, for numbers of all
countries.
"""

import functools
import re
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import phonenumbers

LibraryNumber: TypeAlias = "phonenumbers.PhoneNumber"


class Kind(Enum):
    """As far as that matters here. No valid number of its country is INVALID."""

    INVALID = "invalid"
    USUAL = "usual"
    EXPENSIVE = "premium-rate or shared-cost"
    PAGER = "pager"
    PERSONAL = "personal"
    VOICEMAIL = "voicemail"
    COMPANY = "company-wide"


# In the library's order: a number may fit several.
_BY_METADATA = {
    "premium_rate": Kind.EXPENSIVE,
    "toll_free": Kind.USUAL,
    "shared_cost": Kind.EXPENSIVE,
    "voip": Kind.USUAL,
    "personal_number": Kind.PERSONAL,
    "pager": Kind.PAGER,
    "uan": Kind.COMPANY,
    "voicemail": Kind.VOICEMAIL,
    "fixed_line": Kind.USUAL,
    "mobile": Kind.USUAL,
}


def kind_of(number: LibraryNumber) -> Kind:
    import phonenumbers

    code, national = number.country_code or 0, phonenumbers.national_significant_number(number)
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ()):
        found = _expression(code, region).fullmatch(national)
        if found:
            return _BY_METADATA[found.lastgroup or ""]
    return Kind.INVALID


@functools.cache
def _expression(country_code: int, region: str) -> re.Pattern[str]:
    """What the valid national numbers of a country look like: a named group for each entry of _BY_METADATA.

    The metadata names possible lengths and leading digits too; both follow from the patterns.
    """
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    every, *kinds = (_pattern(metadata, name) for name in ("general_desc", *_BY_METADATA))
    named = [f"(?P<{name}>{pattern})" for name, pattern in zip(_BY_METADATA, kinds, strict=True) if pattern]
    return re.compile(rf"(?=(?:{every})\Z)(?:{'|'.join(named)})")


def _pattern(metadata: "phonenumbers.PhoneMetadata | None", name: str) -> str | None:
    found: str | None = getattr(getattr(metadata, name), "national_number_pattern", None)
    return found
