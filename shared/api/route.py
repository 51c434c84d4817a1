"""The route of a request, for the audit trail: the path without the names and ids in it. Pure."""

# Hosts match routes without case: what is logged does not depend on how a caller writes them.
_WORDS = {
    word.lower(): word
    for word in (
        *("api", "reconcile", "set", "report", "provision", "health", "check", "lifecycle", "jobs", "apply", "result"),
        *("users", "methods"),
        *("phone-methods", "mobile", "alternateMobile", "office", "enable-sms-sign-in", "disable-sms-sign-in"),
    )
}


def route_of(method: str, path: str) -> str:
    """`path` is decoded. What is not a word of a route may name somebody: an asterisk takes its place."""
    parts = path.strip("/").split("/")
    return f"{method} /{'/'.join(_WORDS.get(part.lower(), '*') for part in parts)}"
