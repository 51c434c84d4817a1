"""Where a call comes from and goes to, for the log and the audit trail: the address, as far as it can be believed, and
the route, which is the path without the names and ids in it. Pure."""

import ipaddress
import re
from collections.abc import Mapping

HEADER = "x-forwarded-for"
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](:[0-9]{1,5})?|(?P<four>[0-9.]+):[0-9]{1,5}")
# Hosts match routes without case: what is logged does not depend on how a caller writes them.
_WORDS = {
    word.lower(): word
    for word in (
        *("api", "reconcile", "set", "report", "provision", "health", "check", "lifecycle", "jobs", "apply", "result"),
        *("users", "methods"),
        *("phone-methods", "mobile", "alternateMobile", "office", "enable-sms-sign-in", "disable-sms-sign-in"),
    )
}


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


def route_of(method: str, path: str) -> str:
    """`path` is decoded. What is not a word of a route may name somebody: an asterisk takes its place."""
    parts = path.strip("/").split("/")
    return f"{method} /{'/'.join(_WORDS.get(part.lower(), '*') for part in parts)}"
