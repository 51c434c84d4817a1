"""Calling codes to which Microsoft sends no SMS and makes no call before a tenant has asked for it (regional opt-in).

Microsoft Learn, "Regions that need to opt in for MFA telephony verification": all of them but those below. A hint for a
report, never a reason to refuse: no API tells what a tenant has asked for.
"""

from shared.core.phone import PhoneNumber

_NORTH_AMERICA = 1
_OPEN = frozenset({_NORTH_AMERICA, 33, 34, 61})
# Behind +1: the islands. 829 is the Dominican Republic's as 809 and 849 are; the page names these two.
_ISLANDS = frozenset(
    (
        *("684", "264", "268", "242", "246", "441", "284", "345", "767", "809", "829", "849", "473", "671", "658"),
        *("876", "664", "670", "787", "939", "869", "758", "784", "721", "868", "649", "340"),
    )
)


def needs_opt_in(number: PhoneNumber) -> bool:
    if number.country_code == _NORTH_AMERICA:
        return number.national[:3] in _ISLANDS
    return number.country_code not in _OPEN
