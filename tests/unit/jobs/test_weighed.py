"""weighed.py: what the plan of each user counts for, as text beside the results of a chunk."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.codes import Code
from shared.core.desired import Desired, DesiredValue
from shared.core.guard.ceilings import Weight
from shared.core.models import Action, Change, Method, Plan, SmsState, SourceName, Stop, Target
from shared.core.phone import StoredNumber
from shared.core.plan import UserPlan
from shared.core.report import Json, user_body
from shared.core.results import announced
from shared.jobs.weighed import done, is_beyond, is_part, pack, unpack, weighed, weighed_body
from shared.services import Weighed
from tests.unit.people import MOBILE, OFFICE, SMS, number
from tests.unit.strategies import FEW

HELD = StoredNumber("+46 701740605")
REMOVE = Change(Action.REMOVE, MOBILE, HELD, None)
UPDATE = Change(Action.UPDATE, MOBILE, HELD, number("+46 701740606"))
# Masked, one extension looks like the other.
OFFICE_TOO = Change(Action.UPDATE, OFFICE, StoredNumber("+46 86110000x123"), number("+46 86110000x124"))
ADD = Change(Action.ADD, MOBILE, None, number("+46 701740606"))
DISABLE = Change(Action.DISABLE, SMS, SmsState.READY, SmsState.NOT_ENABLED)


def keyed(*parts: str) -> bytes:
    return hmac.digest(b"k" * 32, "\0".join(parts).encode(), hashlib.sha256)


def user(*changes: Change, user_id: str = "anna") -> UserPlan:
    return UserPlan(Target(upn="anna@contoso.com"), Plan(changes), user_id=user_id)


def body(plan: UserPlan) -> Json:
    return user_body(announced(plan), SourceName.DIRECTORY)


def counted(plan: UserPlan, *, tags_number: bool = False) -> Weighed:
    found = weighed(plan, keyed, tags_number=tags_number)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("changes", "removals", "overwrites"),
    [((REMOVE,), 1, 0), ((UPDATE,), 0, 1), ((ADD,), 0, 0), ((UPDATE, OFFICE_TOO), 0, 2), ((DISABLE,), 1, 0)],
)
def test_a_plan_and_the_result_that_announces_it_count_alike(
    changes: tuple[Change, ...], removals: int, overwrites: int
) -> None:
    plan = user(*changes)
    found = counted(plan)
    assert (found.removals, found.overwrites) == (removals, overwrites)
    assert weighed_body(body(plan)) == replace(found, writes="")


def test_who_was_not_found_or_stands_there_twice_counts_for_nothing() -> None:
    twice = replace(user(), plan=Plan(stop=Stop(Code.DUPLICATE_USER, "x")))
    assert weighed(user(REMOVE, user_id=""), keyed, tags_number=False) is None
    assert weighed(twice, keyed, tags_number=False) is None
    assert weighed_body(body(twice)) is None


def test_the_number_has_a_tag_where_it_is_asked_for_and_equal_numbers_have_equal_ones() -> None:
    def desiring(text: str, user_id: str) -> UserPlan:
        return replace(user(user_id=user_id), desired=Desired({MOBILE: DesiredValue(number(text))}))

    anna, bo, cy = desiring("+46 701740606", "anna"), desiring("+46 701740606", "bo"), desiring("+46 701740607", "cy")
    assert counted(anna).number == ""
    tags = [counted(each, tags_number=True).number for each in (anna, bo, cy)]
    assert tags[0] == tags[1] != tags[2]
    assert "701740606" not in tags[0]


def test_who_could_not_be_read_was_found_and_the_number_counts() -> None:
    desired = Desired({MOBILE: DesiredValue(number("+46 701740606"))})
    unread = replace(user(), plan=Plan(stop=Stop(Code.THROTTLED, "x")), desired=desired)
    written = counted(replace(user(ADD), desired=desired), tags_number=True)
    assert counted(unread, tags_number=True) == replace(written, writes="")


TAGS = st.text("abcXYZ019_-", max_size=12)
USERS = st.one_of(st.none(), st.builds(Weighed, st.integers(0, 9), st.integers(0, 9), TAGS, TAGS))


@FEW
@given(st.lists(USERS, min_size=1, max_size=200))
def test_what_is_packed_is_unpacked_and_fits_beside_a_blob(users: list[Weighed | None]) -> None:
    text = pack(users)
    assert unpack(text) == users
    assert text.isascii()


def test_two_hundred_users_with_tags_fit_into_metadata() -> None:
    """8 KiB a blob, and the tally stands there too."""
    assert len(pack([counted(user(UPDATE, REMOVE), tags_number=True)] * 200)) < 6 * 1024


def test_more_removals_or_overwrites_are_beyond_and_others_are_not() -> None:
    nothing = body(user())
    assert is_beyond(user(REMOVE), Weighed(0, 9), nothing)
    assert is_beyond(user(UPDATE), Weighed(9, 0), nothing)
    assert is_beyond(user(ADD), None, nothing)
    assert not is_beyond(user(ADD), Weighed(0, 0), nothing)
    assert not is_beyond(user(), None, nothing)


def test_nor_may_one_take_the_place_of_another() -> None:
    office, key = replace(REMOVE, method=OFFICE), Change(Action.REMOVE, Method.FIDO2, id="key-1")
    planned = user(ADD, OFFICE_TOO, key)
    for more in (user(UPDATE), user(office), user(replace(key, id="key-2"))):
        assert is_beyond(more, counted(planned), body(planned))
    for part in (planned, user(OFFICE_TOO), user(key), user(replace(UPDATE, masked_match=True))):
        assert not is_beyond(part, counted(planned), body(planned))


def test_what_is_left_of_a_plan_is_a_part_of_it() -> None:
    planned = body(user(UPDATE, OFFICE_TOO))
    for part in (user(UPDATE, OFFICE_TOO), user(OFFICE_TOO), user()):
        assert is_part(part, planned)
    other = replace(UPDATE, after=number("+46 701740699"))
    for more in (user(REMOVE), user(other), user(UPDATE, OFFICE_TOO, DISABLE), user(replace(UPDATE, method=SMS))):
        assert not is_part(more, planned)
    assert not is_part(user(UPDATE), body(user()))


def test_another_number_that_looks_the_same_masked_counts() -> None:
    twin = Change(Action.UPDATE, MOBILE, StoredNumber("+46 701740605"), number("+46 709999905"))
    plan = user(twin)
    planned, seen = counted(plan), body(plan)
    assert (planned.overwrites, weighed_body(seen)) == (1, Weighed(0, 1))
    (change,) = seen["changes"]  # type: ignore[misc]
    for status, weight in (("applied", 1), ("unknown", 1), ("failed", 0), ("skipped", 0), ("unchanged", 0)):
        assert done(planned, {**seen, "changes": [{**change, "status": status}]}) == Weight(0, weight), status


def test_so_does_what_was_done_of_a_part() -> None:
    twin = Change(Action.UPDATE, MOBILE, StoredNumber("+46 701740605"), number("+46 709999905"))
    plan = user(twin, OFFICE_TOO)
    first, second = body(plan)["changes"]  # type: ignore[misc]
    result = {"changes": [{**first, "status": "unknown"}, {**second, "status": "skipped"}]}
    assert done(counted(plan), result) == Weight(0, 1)
    result = {"changes": [{**first, "status": "skipped"}, {**second, "status": "applied"}]}
    assert done(counted(plan), result) == Weight(0, 1)


def half_done(plan: UserPlan, *statuses: str) -> Weight:
    changes = body(plan)["changes"]
    assert isinstance(changes, list)
    return done(counted(plan), {"changes": [c | {"status": s} for c, s in zip(changes, statuses, strict=True)]})


def test_of_what_was_half_done_the_half_counts() -> None:
    plan = user(REMOVE, OFFICE_TOO)
    assert half_done(plan, "applied", "failed") == Weight(1, 0)
    assert half_done(plan, "failed", "unknown") == Weight(0, 1)
    assert done(None, {"changes": []}) == Weight(0, 0)


def test_a_masked_number_that_was_rewritten_is_no_overwrite_either() -> None:
    rewritten = replace(UPDATE, before=StoredNumber("+XX XXXXXXX06"), masked_match=True)
    assert half_done(user(rewritten, replace(REMOVE, method=OFFICE)), "applied", "failed") == Weight(0, 0)
    assert (
        half_done(user(rewritten, DISABLE, replace(REMOVE, method=OFFICE)), "applied", "applied", "failed").removals
        == 1
    )
