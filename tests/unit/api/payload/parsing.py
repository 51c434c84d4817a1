"""What the tests of all parsers share: users and numbers to name, and the faults that a parser finds in a body."""

import json
from collections.abc import Callable

import pytest

from shared.errors import InvalidBody

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
ID = "98331b77-46d5-51d1-a329-64fd5b919a62"
NUMBER, OTHER, OFFICE = "+46 701740605", "+46 701740606", "+1 2065550100"


def raw(body: object) -> bytes:
    """Bytes as they are, anything else as JSON."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def faults_of(parse: Callable[[bytes], object], body: bytes) -> list[tuple[str, str]]:
    """The pointer and the detail of each."""
    with pytest.raises(InvalidBody) as refusal:
        parse(body)
    return [(fault.pointer, fault.detail) for fault in refusal.value.faults]
