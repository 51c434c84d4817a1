"""What numbers in the field look like, and what a user is owed for each: the same on all ways in."""

import pytest

from shared.core.models import Method
from tests.unit.api.ways import ALL_WAYS, Way, person
from tests.unit.people import ALTERNATE, MOBILE, OFFICE

OLD = "+46 701740666"
EXPORT = "46701740605"


@ALL_WAYS
@pytest.mark.parametrize(
    ("text", "region", "says"),
    [
        # Excel evaluates +46-701740605.
        *(
            (("-701740559", "SE", "such as +46 …")),
            ("\u22122065550113", "US", "+46 …"),
            ("\u20137700900123", "GB", "+46 …"),
        ),
        *(("4,67E+10", "SE", "quantity"), (f"{EXPORT}.0", "SE", "quantity")),
        # The plus is lost in an export.
        *((EXPORT, region, "+46 …") for region in ("DE", "AT", "IT", "FI", "ID")),
        ("12065550113", "DE", "+1 …"),
        *((text, None, "are the same") for text in ("+1 0000000000", "+46 111111111")),
        ("+1 0234567890", None, "begins with 0 or 1"),
    ],
)
def test_what_is_no_number_or_may_be_two_is_refused(way: Way, text: str, region: str | None, says: str) -> None:
    for method in (MOBILE, OFFICE):
        world = person(region, {MOBILE: OLD, OFFICE: OLD})
        code, message = way(world, method, text)
        assert code == "invalidNumber"
        assert says in message
        assert "cannot be used" in message
        assert "store it as text" in message.lower() or "same" in says or "begins" in says
        assert not any(part in message for part in ("70174", "65550", "70090", "23456"))
        assert world.directory.written == []


@ALL_WAYS
@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        (EXPORT, "SE", "+46 701740605"),
        ("2065550113", "US", "+1 2065550113"),
        ("070-174 06 05", "SE", "+46 701740605"),
        ("+52 1 55 5000 0000", None, "+52 5550000000"),
        ("044 55 5000 0000", "MX", "+52 5550000000"),
        ("tel:+1-206-555-0113", None, "+1 2065550113"),
        ("011 46 70 174 06 05", "US", "+46 701740605"),
        ("0011 46 70 174 06 05", "AU", "+46 701740605"),
    ],
)
def test_what_can_mean_one_number_only_is_written(way: Way, text: str, region: str | None, expected: str) -> None:
    for method in (MOBILE, ALTERNATE, OFFICE):
        registered = {MOBILE: OLD, ALTERNATE: OLD, OFFICE: OLD}
        assert way(person(region, registered), method, text) == ("updated", expected)
        assert way(person(region, {**registered, method: expected}), method, text) == ("unchanged", expected)


@ALL_WAYS
@pytest.mark.parametrize(
    ("text", "stored", "says"),
    [
        ("tel:+46-70-174-06-05;ext=7", "+46 701740605x7", "extension"),
        ("+44 3001234567", "+44 3001234567", "company-wide"),
        ("+31 88 123 4567", "+31 881234567", "company-wide"),
        ("+44 7000000000", "+44 7000000000", "personal"),
        ("+44 7640 123456", "+44 7640123456", "pager"),
    ],
)
def test_what_is_for_the_office_is_no_mobile(way: Way, text: str, stored: str, says: str) -> None:
    registered = {MOBILE: OLD, ALTERNATE: OLD, OFFICE: OLD}
    assert way(person(None, registered), OFFICE, text) == ("updated", stored)
    for method in (MOBILE, ALTERNATE):
        for before in (registered, {MOBILE: OLD} if method is ALTERNATE else {}):
            world = person(None, before)
            code, message = way(world, method, text)
            assert (code, says in message, world.directory.written) == ("invalidNumber", True, [])
        assert way(person(None, {**registered, method: stored}), method, text) == ("unchanged", stored)


@ALL_WAYS
def test_a_number_registered_with_mexicos_retired_prefix_is_right(way: Way) -> None:
    stored = "+52 15550000000"
    assert way(person(None, {MOBILE: stored}), Method.MOBILE, "+52 55 5000 0000") == ("unchanged", stored)
