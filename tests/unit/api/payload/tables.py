"""Tables as spreadsheets and PowerShell write them, and what the parser makes of them."""

import pytest

from shared.api.payload.table import parse_table, parse_table_users
from shared.core.desired import Requested
from shared.core.models import Target
from shared.errors import InvalidBody

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
ID = "98331b77-46d5-51d1-a329-64fd5b919a62"
NUMBER, OTHER, OFFICE = "+46 701740605", "+46 701740606", "+1 2065550100"
HEADER = "UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval"


def parsed(text: str) -> dict[Target, Requested]:
    return dict(parse_table(text.encode()).users)


def requested(cells: str, header: str = HEADER) -> Requested:
    (only,) = parsed(f"{header}\r\n{cells}\r\n").values()
    return only


def faults(body: str | bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as refusal:
        parse_table(body.encode() if isinstance(body, str) else body)
    return [(fault.pointer, fault.detail) for fault in refusal.value.faults]


def user_faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as refusal:
        parse_table_users(text.encode())
    return [(fault.pointer, fault.detail) for fault in refusal.value.faults]
