"""Values for users who are named by userPrincipalName and object id: both are kept, for when the user is found."""

import json

import pytest

from shared.api.payload.table import parse_table
from shared.api.payload.values import parse_values
from shared.core.desired import GivenId, RequestedUsers, Spot
from shared.core.models import Target
from tests.unit.api.payload.parsing import ANNA, BJORN, ID, NUMBER, faults_of, raw

OTHER_ID = "b0b0b0b0-0000-4000-8000-000000000001"


def entry(name: str = ANNA, **more: object) -> dict[str, object]:
    return {"UPN": name, **more, "mobile": NUMBER}


def values(*entries: dict[str, object]) -> RequestedUsers:
    return parse_values(json.dumps(entries).encode())


def table(header: str, *rows: str) -> RequestedUsers:
    return parse_table("\n".join((header, *rows)).encode())


@pytest.mark.parametrize("text", [ID, ID.upper(), f"{{{ID}}}", f" {ID}\u200b"])
def test_the_id_beside_a_name_however_pasted(text: str) -> None:
    found = values(entry(BJORN), entry(Id=text))
    assert list(found.users) == [Target(upn=BJORN), Target(upn=ANNA)]
    assert found.ids == {Target(upn=ANNA): GivenId(ID, Spot("/1/Id"))}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("User principal name,Object Id,Mobile Phone", f"{ANNA},{ID.upper()},{NUMBER}"),
        ("Object Id,UPN,Mobile", f'"=""{ID}""",{ANNA},{NUMBER}'),
        ("UPN;Mobile;Object Id", f"{ANNA};{NUMBER};{{{ID}}}"),
    ],
)
def test_the_id_beside_a_name_in_a_row(header: str, row: str) -> None:
    spot = Spot("/1/Object Id", "Row 2, column Object Id")
    assert table(header, row).ids == {Target(upn=ANNA): GivenId(ID, spot)}


@pytest.mark.parametrize("text", ["E-4711", "", ID[:-1], None, 4711, [ID], {"id": ID}])
def test_what_is_no_object_id_says_nothing(text: object) -> None:
    assert values(entry(id=text)).ids == {}
    assert table("UPN,id,Mobile", f"{ANNA},{text if isinstance(text, str) else ''},{NUMBER}").ids == {}


def test_an_id_alone_is_the_name() -> None:
    found = values({"UPN": None, "id": ID, "mobile": NUMBER}), table("UPN,id,Mobile", f",{ID},{NUMBER}")
    assert [(list(one.users), one.ids) for one in found] == [([Target(id=ID)], {})] * 2


def test_two_ids_beside_one_name_are_a_fault() -> None:
    assert faults_of(parse_values, raw([entry(id=ID, ID=ID)])) == [
        ("/0", "id is given 2 times. It is not clear which one counts.")
    ]


def test_one_name_in_two_entries_with_different_ids_is_a_fault_at_the_second() -> None:
    for second in (entry(id=OTHER_ID), entry(ANNA.upper(), id=OTHER_ID)):
        ((pointer, detail),) = faults_of(parse_values, raw([entry(id=ID), entry(BJORN), second]))
        assert pointer == "/2"
        assert detail.startswith("This user was named before, in the entry at /0, with another id.")
    rows = f"{ANNA},{ID},{NUMBER}\n{ANNA},{OTHER_ID},{NUMBER}"
    assert [pointer for pointer, _ in faults_of(parse_table, f"UPN,id,Mobile\n{rows}".encode())] == ["/2"]


def test_the_id_may_stand_in_the_second_entry_only() -> None:
    for entries in ((entry(), entry(ANNA.upper(), id=ID)), (entry(), entry(id=ID), entry(id=ID.upper()), entry())):
        found = values(*entries)
        assert found.ids == {Target(upn=ANNA): GivenId(ID, Spot("/1/id"))}
        assert len(found.users) == 1
