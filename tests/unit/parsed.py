"""The number that a text means, for tests that ask no more of it."""

from shared.core.phone import PhoneNumber, read_number


def parse_number(text: str, region: str | None) -> PhoneNumber:
    """Raises InvalidNumber."""
    return read_number(text, region).number
