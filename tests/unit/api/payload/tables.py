"""Tables as spreadsheets and PowerShell write them, and what the parser makes of them."""

from shared.api.payload.table import parse_table, parse_table_users
from shared.core.desired import Requested
from shared.core.models import Target
from tests.unit.api.payload.parsing import faults_of

HEADER = "UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval"


def parsed(text: str) -> dict[Target, Requested]:
    return dict(parse_table(text.encode()).users)


def requested(cells: str, header: str = HEADER) -> Requested:
    (only,) = parsed(f"{header}\r\n{cells}\r\n").values()
    return only


def faults(body: str | bytes) -> list[tuple[str, str]]:
    return faults_of(parse_table, body.encode() if isinstance(body, str) else body)


def user_faults(text: str) -> list[tuple[str, str]]:
    return faults_of(parse_table_users, text.encode())
