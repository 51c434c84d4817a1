"""What must hold for every body that is sent: it names users, or it is refused with pointers."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.api.payload.users import UserList, parse_users
from shared.errors import InvalidBody
from tests.unit.strategies import MORE


def parse_or_refuse(body: bytes) -> UserList | None:
    """Anything else that is raised ends the test."""
    try:
        users = parse_users(body)
    except InvalidBody as refusal:
        pointers = [fault.pointer for fault in refusal.faults]
    else:
        assert 0 < len(users.targets) <= users.entries
        assert all((target.upn is None) is not (target.id is None) for target in users.targets)
        return users
    assert pointers
    assert all(pointer == "" or pointer.startswith("/") for pointer in pointers)
    return None


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["UserPrincipalName", "userPrincipalName", "id", "value", "users"]), st.text()),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
user_like = st.fixed_dictionaries(
    {},
    optional={
        "UserPrincipalName": st.one_of(st.sampled_from(["a@b", "A@B", " a@b ", "", "a", "a@b@c", "$@x"]), json_values),
        "userprincipalname": st.just("a@b"),
        "id": st.one_of(st.just("98331b77-46d5-51d1-a329-64fd5b919a62"), json_values),
        "extra": json_values,
    },
)


@MORE
@given(st.binary(max_size=60))
@example(b"")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"value":' * 100_000)
@example(b"[" * 100_000 + b"]" * 100_000)
@example(b"9" * 100_000)
@example(b"-" + b"9" * 4400)
@example(b"1e999999999")
@example(b"[1e400]")
@example(b"[NaN]")
@example(b"[-Infinity]")
@example(b'{"id":1,"id":2,"ID":3}')
@example(b'["\\ud800"]')
@example(b'["\\udfff@\\ud800"]')
@example(b'{"\\ud800":1}')
@example(b"\xef\xbb\xbf[]")
@example(b"\xef\xbb\xbf\xef\xbb\xbf[]")
@example(b"\xff\xfe[\x00]\x00")
@example(b"\xfe\xff\x00[\x00]")
@example(b'["\xe5sa@contoso.com"]')
@example(b'\xef\xbb\xbf["\xe5sa@contoso.com"]')
@example(b'["a@b\x00"]')
@example(b"\x00")
def test_any_bytes_are_users_or_an_invalid_body(body: bytes) -> None:
    parse_or_refuse(body)


@MORE
@given(json_values, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]), st.booleans())
def test_any_json_is_users_or_an_invalid_body(value: object, encoding: str, ascii_only: bool) -> None:
    parse_or_refuse(json.dumps(value, ensure_ascii=ascii_only).encode(encoding, "replace"))


@MORE
@given(st.lists(user_like, max_size=6), st.sampled_from([None, "value", "Users"]))
def test_almost_good_lists_are_users_or_an_invalid_body(users: list[object], wrapper: str | None) -> None:
    found = parse_or_refuse(json.dumps({wrapper: users} if wrapper else users).encode())
    if found is not None:
        assert found.entries == len(users)


@pytest.mark.parametrize("depth", [10, 500, 900, 950, 980, 990, 1000, 3000])
@pytest.mark.parametrize(("begin", "end"), [('[{"UserPrincipalName":', "}]"), ('[{"extra":', ',"id":1}]'), ("", "")])
def test_any_depth_is_users_or_an_invalid_body(depth: int, begin: str, end: str) -> None:
    """Also the depths that the JSON reader still takes and something behind it may not."""
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        parse_or_refuse(f"{begin}{opening * depth}1{closing * depth}{end}".encode())
