"""payload/provisioning*.py: whom a plan is about."""

import pytest

from shared.api.payload.envelope import UNSIGNED
from shared.api.payload.limit import NO_LIMIT
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.provisioning_document import read_json_plan
from shared.api.payload.provisioning_xml import read_xml_plan
from shared.core.desired import Requested
from shared.core.models import Target
from tests.unit.api.payload.parsing import ANNA, BJORN, ID, NUMBER, OTHER
from tests.unit.api.payload.plans import (
    AUTHENTICATOR,
    BOTH,
    MOBILE,
    PASSWORD,
    PHONE,
    Attribute,
    Writer,
    account,
    as_json,
    as_xml,
    faults,
    request,
)


@BOTH
@pytest.mark.parametrize("op", ["Create", "modify", "MODIFY"])
def test_the_native_identity_is_an_id_or_a_user_principal_name(write: Writer, op: str) -> None:
    plan = write(account(op=op, user=ID.upper()), account(op=op, user=ANNA))
    assert list(parse_plan(plan).users) == [Target(id=ID), Target(upn=ANNA)]


@BOTH
def test_with_a_native_identity_the_user_principal_name_is_an_attribute_like_any_other(write: Writer) -> None:
    found = parse_plan(write(account(request("userPrincipalName", "Set", BJORN), user=ANNA, op="Create"))).users
    assert found == {Target(upn=ANNA): Requested({}, ignored=("userPrincipalName",))}


@BOTH
@pytest.mark.parametrize(
    "attributes",
    [
        [],
        [request("displayName", "Set", ANNA)],
        [request("userPrincipalName", "Set")],
        [request("userPrincipalName", "Remove", ANNA)],
        [request("userPrincipalName", "Set", [ANNA])],
        [request("userPrincipalName", "Set", ANNA), request("userprincipalname", "Set", ANNA)],
    ],
)
def test_a_create_that_names_no_user(write: Writer, attributes: list[Attribute]) -> None:
    ((pointer, detail),) = faults(write(account(*attributes, op="Create", user=None)))
    assert pointer == "/accountRequests/0"
    assert "This names no user" in detail


@BOTH
def test_a_modify_takes_no_identity_from_an_attribute(write: Writer) -> None:
    ((pointer, detail),) = faults(write(account(request("userPrincipalName", "Set", ANNA), user=None)))
    assert pointer == "/accountRequests/0"
    assert "nativeIdentity is missing" in detail


@BOTH
def test_a_native_identity_that_is_neither(write: Writer) -> None:
    ((pointer, detail),) = faults(write(account(user="CN=Anna,DC=contoso,DC=com")))
    assert pointer == "/accountRequests/0/nativeIdentity"
    assert "Anna" not in detail


@BOTH
@pytest.mark.parametrize("op", ["Delete", "Disable", "Enable", "Unlock", "Lock", "Destroy", ""])
def test_operations_on_the_account_itself_are_refused(write: Writer, op: str) -> None:
    ((pointer, detail),) = faults(write(account(op=op)))
    assert pointer == "/accountRequests/0/op"
    assert "Only Create and Modify are supported" in detail


@BOTH
def test_two_requests_for_one_user(write: Writer) -> None:
    one, same = (
        account(request(MOBILE, "Add", NUMBER)),
        account(request(MOBILE, "Set", NUMBER), request("x", "Set", "")),
    )
    other = account(request(MOBILE, "Add", OTHER), user=ANNA.upper())
    found = parse_plan(write(one, same))
    assert (found.users[Target(upn=ANNA)].ignored, found.entries) == (("x",), 2)
    ((pointer, detail),) = faults(write(one, same, other))
    assert pointer == "/accountRequests/2"
    assert "This user was named before" in detail
    assert "/accountRequests/0" in detail or "line 2" in detail


@BOTH
def test_two_requests_that_remove_different_methods(write: Writer) -> None:
    plan = write(*[account(request(AUTHENTICATOR, "Remove", value)) for value in (PHONE, "other")])
    assert [pointer for pointer, _ in faults(plan)] == ["/accountRequests/1"]


@BOTH
def test_two_requests_that_remove_the_same_methods_are_one(write: Writer) -> None:
    ids = [PHONE, "other"]
    plan = write(*[account(request(AUTHENTICATOR, "Remove", value)) for value in (ids, ids[::-1])])
    assert len(parse_plan(plan).users) == 1


def test_no_repr_shows_a_value_before_it_is_understood() -> None:
    plan = account(request("password", "Add", PASSWORD), request(MOBILE, "Add", PASSWORD))
    assert PASSWORD not in repr(list(read_json_plan(as_json(plan), NO_LIMIT, UNSIGNED)))
    assert PASSWORD not in repr(read_xml_plan(as_xml(plan), NO_LIMIT))
