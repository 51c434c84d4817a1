"""Where a call comes from, as far as it can be believed. Pure."""

import ipaddress
import re
from collections.abc import Mapping

HEADER = "x-forwarded-for"
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](:[0-9]{1,5})?|(?P<four>[0-9.]+):[0-9]{1,5}")


def client_address(headers: Mapping[str, str], trusted_proxies: int) -> str:
    """The IP address of the caller; "" if there is none. Header names are lower case.

    Azure's front end adds the address that it sees at the right end, and so does each proxy before it; what is further
    left was written by the caller. Where there are fewer entries than proxies, the call went past them, and the address
    that the front end saw is the caller's.
    """
    entries = headers.get(HEADER, "").split(",")
    place = trusted_proxies + 1
    return _address(entries[-place] if place <= len(entries) else entries[-1])


def _address(entry: str) -> str:
    text = entry.strip()
    found = _WITH_PORT.fullmatch(text)
    if found is not None:
        text = found["six"] or found["four"] or ""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)
