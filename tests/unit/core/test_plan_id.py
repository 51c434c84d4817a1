"""plan_id.py: equal writes have one id, and any other write has another."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.codes import Code
from shared.core.models import Action, Change, Method, Plan, SmsState, Stop, Target
from shared.core.phone import StoredNumber
from shared.core.plan import UserPlan
from shared.core.plan_id import is_known, plan_id, tag, value_tag
from tests.unit.people import EMAIL, MOBILE, OFFICE, SMS, address, number
from tests.unit.strategies import FEW

HELD = StoredNumber("+46 701740605")
WRITES = [
    Change(Action.ADD, MOBILE, None, number("+46 701740606")),
    Change(Action.ADD, MOBILE, None, number("+46 701740607")),
    Change(Action.UPDATE, MOBILE, HELD, number("+46 701740606")),
    Change(Action.UPDATE, OFFICE, HELD, number("+46 701740606")),
    Change(Action.UPDATE, EMAIL, address("a@example.com"), address("anna@example.com")),
    Change(Action.REMOVE, MOBILE, HELD, None),
    Change(Action.REMOVE, Method.FIDO2, id="key-1"),
    Change(Action.REMOVE, Method.FIDO2, id="key-2"),
    Change(Action.ENABLE, SMS, None, SmsState.READY),
    Change(Action.DISABLE, SMS, SmsState.READY, SmsState.NOT_ENABLED),
]
KEPT = Change(Action.KEEP, MOBILE, HELD, None)


def keyed(*parts: str, key: bytes = b"k" * 32) -> bytes:
    return hmac.digest(key, "\0".join(parts).encode(), hashlib.sha256)


def user(user_id: str, *changes: Change) -> UserPlan:
    return UserPlan(Target(upn=f"{user_id}@contoso.com"), Plan(changes), user_id=user_id)


def id_of(*users: UserPlan, key: bytes = b"k" * 32) -> str:
    def with_key(*parts: str) -> bytes:
        return keyed(*parts, key=key)

    return plan_id([tag(each, with_key) for each in users], with_key)


def test_each_write_of_each_user_has_an_id_of_its_own() -> None:
    ids = [id_of(user(name, write)) for name in ("anna", "bjorn") for write in WRITES]
    assert len(set(ids)) == len(ids)
    assert id_of(user("anna", WRITES[0]), user("bjorn", WRITES[1])) != id_of(
        user("anna", WRITES[1]), user("bjorn", WRITES[0])
    )


@FEW
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(WRITES)), min_size=1, max_size=6), st.randoms())
def test_neither_the_order_nor_what_is_not_written_nor_the_name_makes_a_difference(
    writes: list[tuple[str, Change]], random: object
) -> None:
    plans = [user(f"{name}-{place}", change) for place, (name, change) in enumerate(writes)]
    others = [*plans, user("kept", KEPT), replace(user("unread"), plan=Plan(stop=Stop(Code.USER_NOT_FOUND, "x")))]
    random.shuffle(others)  # type: ignore[attr-defined]
    others = [replace(each, target=Target(id=each.user_id)) for each in others]
    assert id_of(*others) == id_of(*plans)
    assert id_of(*plans[1:]) != id_of(*plans)


def test_the_order_in_which_graph_lists_two_keys_makes_no_difference() -> None:
    keys = WRITES[6:8]
    assert tag(user("anna", *keys), keyed) == tag(user("anna", *reversed(keys)), keyed)


def test_an_address_in_another_case_is_no_other_value() -> None:
    assert value_tag(address("Anna@Example.com"), keyed) == value_tag(address("anna@example.com"), keyed)


def test_another_key_makes_another_id_and_nothing_can_be_read_from_it() -> None:
    anna = user("anna", WRITES[0])
    assert id_of(anna) != id_of(anna, key=b"x" * 32)
    assert "701740606" not in id_of(anna)
    assert "701740606" not in tag(anna, keyed)


def test_who_has_no_write_has_no_tag_and_the_others_one_short_one() -> None:
    assert tag(user("anna", KEPT), keyed) == ""
    assert len(tag(user("anna", *WRITES), keyed)) == 11


@pytest.mark.parametrize(
    ("code", "known"),
    [
        (Code.THROTTLED, False),
        (Code.GRAPH_UNAVAILABLE, False),
        (Code.DEADLINE, False),
        (Code.NOT_READY, False),
        (Code.USER_NOT_FOUND, True),
        (Code.PROTECTED_USER, True),
        (Code.FORBIDDEN, True),
    ],
)
def test_who_could_not_be_read_for_a_while_leaves_the_plan_unknown(code: Code, known: bool) -> None:
    stop = Stop(code, "x")
    assert is_known([user("anna", WRITES[0]), replace(user(""), plan=Plan(stop=stop))]) is known
    assert is_known([user("anna", replace(KEPT, after=None, stop=stop))]) is known
