"""payload/provisioning*.py: what the attributes of a plan mean."""

import json

import pytest

from shared.api.payload.provisioning import parse_plan
from shared.core.desired import Removal, Requested, RequestedUsers, RequestedValue
from shared.core.models import Method, Target
from tests.unit.api.payload.parsing import ANNA, ID, NUMBER, OFFICE, OTHER
from tests.unit.api.payload.plans import (
    AUTHENTICATOR,
    BOTH,
    MOBILE,
    PASSWORD,
    PHONE,
    Writer,
    account,
    as_json,
    fault,
    request,
    requested,
)

# The three examples of the documentation, with straight quotes


@BOTH
def test_create_with_four_methods_and_attributes_for_somebody_else(write: Writer) -> None:
    plan = write(
        account(
            request("userPrincipalName", "Add", ANNA),
            request("password", "Add", PASSWORD),
            request("displayName", "Add", "Anna Andersson"),
            request("accountEnabled", "Add", "true"),
            request(MOBILE, "Add", NUMBER),
            request("mfa_phoneNumber_alternateMobile", "Add", OTHER),
            request("mfa_phoneNumber_office", "Add", OFFICE),
            request("mfa_emailAddress", "Add", "anna@example.com"),
            op="Create",
            user=None,
        )
    )
    found = parse_plan(plan)
    expected = Requested(
        {
            Method.MOBILE: RequestedValue(NUMBER),
            Method.ALTERNATE_MOBILE: RequestedValue(OTHER),
            Method.OFFICE: RequestedValue(OFFICE),
            Method.EMAIL: RequestedValue("anna@example.com"),
        },
        ignored=("password", "displayName", "accountEnabled"),
    )
    assert found == RequestedUsers({Target(upn=ANNA): expected}, 1)
    assert PASSWORD not in repr(found)


@BOTH
def test_modify_with_add_set_and_remove(write: Writer) -> None:
    plan = write(
        account(
            request("mfa_phoneNumber_alternateMobile", "Add", OTHER),
            request(MOBILE, "Set", NUMBER),
            request("mfa_emailAddress", "Remove", "anna@example.com"),
            user=ID,
        )
    )
    assert parse_plan(plan).users == {
        Target(id=ID): Requested(
            {
                Method.ALTERNATE_MOBILE: RequestedValue(OTHER),
                Method.MOBILE: RequestedValue(NUMBER),
                Method.EMAIL: RequestedValue(None, present="anna@example.com"),
            },
        )
    }


@BOTH
@pytest.mark.parametrize(
    "value",
    [
        PHONE,
        [PHONE],
        json.dumps({"id": PHONE, "displayName": "Anna's phone", "deviceTag": "SoftwareTokenActivated"}),
        [json.dumps({"Id": PHONE})],
    ],
    ids=["plain", "listed", "JSON text", "listed JSON text"],
)
def test_remove_of_an_authenticator(write: Writer, value: object) -> None:
    (only,) = parse_plan(write(account(request(AUTHENTICATOR, "Remove", value)))).users.values()
    assert only == Requested({}, removals=(Removal(Method.MICROSOFT_AUTHENTICATOR, PHONE),))


# What attributes mean


@pytest.mark.parametrize("op", ["Add", "Set", "add", "SET"])
def test_add_and_set_are_the_same(op: str) -> None:
    assert requested(request(MOBILE, op, f" {NUMBER} ")).values == {Method.MOBILE: RequestedValue(NUMBER)}


def test_a_missing_space_is_none_of_the_parsers_business() -> None:
    assert requested(request(MOBILE, "Add", "+46701740605")).values == {Method.MOBILE: RequestedValue("+46701740605")}


def test_remove_without_a_value_removes_whatever_is_there() -> None:
    assert requested(request(MOBILE, "Remove")).values == {Method.MOBILE: RequestedValue(None)}


@pytest.mark.parametrize("turned", [False, True])
def test_remove_of_the_old_and_add_of_the_new_is_one_change(turned: bool) -> None:
    requests = [request(MOBILE, "Remove", OTHER), request(MOBILE, "Add", NUMBER)]
    assert requested(*(reversed(requests) if turned else requests)).values == {Method.MOBILE: RequestedValue(NUMBER)}


def test_the_same_request_twice_is_one() -> None:
    assert requested(request(MOBILE, "Add", NUMBER), request(MOBILE, "Set", NUMBER)).values == {
        Method.MOBILE: RequestedValue(NUMBER)
    }
    assert requested(request(AUTHENTICATOR, "Remove", PHONE), request(AUTHENTICATOR, "Remove", [PHONE])).removals == (
        Removal(Method.MICROSOFT_AUTHENTICATOR, PHONE),
    )


def test_a_list_of_one_is_its_only_element() -> None:
    assert requested(request(MOBILE, "Add", [NUMBER])).values == {Method.MOBILE: RequestedValue(NUMBER)}


def test_names_of_attributes_in_any_case() -> None:
    assert requested(request("MFA_PHONENUMBER_MOBILE", "Add", NUMBER)).values == {Method.MOBILE: RequestedValue(NUMBER)}


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("mfa_microsoftAuthenticatorAuthenticationMethod", Method.MICROSOFT_AUTHENTICATOR),
        ("mfa_softwareOathAuthenticationMethod", Method.SOFTWARE_OATH),
        ("mfa_fido2AuthenticationMethod", Method.FIDO2),
        ("mfa_windowsHelloForBusinessAuthenticationMethod", Method.WINDOWS_HELLO),
        ("mfa_platformCredentialAuthenticationMethod", Method.PLATFORM_CREDENTIAL),
        ("mfa_temporaryAccessPassAuthenticationMethod", Method.TEMPORARY_ACCESS_PASS),
    ],
)
def test_every_method_that_can_only_be_removed(name: str, method: Method) -> None:
    assert requested(request(name, "Remove", ["one", "-2_GRUg2-HYz6_1YG4YRAQ=="])).removals == (
        Removal(method, "one"),
        Removal(method, "-2_GRUg2-HYz6_1YG4YRAQ=="),
    )
    assert requested(request(name, "Remove")).removals == (Removal(method),)


def test_all_of_a_kind_covers_the_single_ones() -> None:
    assert requested(request(AUTHENTICATOR, "Remove", PHONE), request(AUTHENTICATOR, "Remove")).removals == (
        Removal(Method.MICROSOFT_AUTHENTICATOR),
    )


def test_an_id_in_a_real_object_of_json() -> None:
    (only,) = parse_plan(as_json(account(request(AUTHENTICATOR, "Remove", [{"id": PHONE}])))).users.values()
    assert only.removals == (Removal(Method.MICROSOFT_AUTHENTICATOR, PHONE),)


def test_a_request_with_nothing_for_us_requests_nothing() -> None:
    assert requested(request("department", "Set", "IT"), request("password", "Set", PASSWORD)) == Requested(
        {}, ignored=("department", "password")
    )
    assert requested() == Requested({})


def test_of_many_attributes_for_somebody_else_the_first_are_named_and_long_names_cut() -> None:
    ignored = requested(
        *[request("x" * 100 + str(i), "Set", "") for i in range(3)], request("y\x9fz", "Set", "")
    ).ignored
    assert ignored == ("x" * 64 + "…", "y\N{REPLACEMENT CHARACTER}z")
    assert len(requested(*[request(f"x{i}", "Set", "") for i in range(100)]).ignored) == 21


WIDE = "\uff4d\uff46\uff41_phoneNumber_mobile"


@pytest.mark.parametrize(
    "name",
    [
        *(
            f"\u200b{MOBILE}",
            f"\ufeff{MOBILE}",
            f"{MOBILE}\u2060",
            "m\u00adfa_phone\u200dNumber_mobile",
            f" \u200b {MOBILE}",
        ),
        *(f"\u00a0{MOBILE}", f"\u3000{MOBILE}\u200b", f"\x7f{MOBILE}", WIDE, WIDE.upper(), f"\u200b{WIDE}"),
    ],
)
def test_a_name_with_what_cannot_be_seen_and_in_wide_letters(name: str) -> None:
    """As an attribute for somebody else a removal would seem to be done."""
    assert requested(request(name, "Remove")) == Requested({Method.MOBILE: RequestedValue(None)})
    assert requested(request(name, "Set", NUMBER)) == requested(request(MOBILE, "Set", NUMBER))


def test_a_user_named_by_an_attribute_with_what_cannot_be_seen() -> None:
    attributes = [request("\ufeffuserPrincipalName", "Set", ANNA), request(MOBILE, "Set", NUMBER)]
    plan = as_json(account(*attributes, op="Create", user=None))
    assert parse_plan(plan).users == {Target(upn=ANNA): Requested({Method.MOBILE: RequestedValue(NUMBER)})}


@pytest.mark.parametrize("name", ["\u200bmfa_phoneNumber_mobil", "\uff4d\uff46\uff41_phoneNumber_mobil"])
def test_what_shows_as_ours_and_is_not_known_is_a_fault(name: str) -> None:
    pointer, detail = fault(request(name, "Remove"))
    assert pointer.endswith("/attributeRequests/0/name")
    assert detail == f"Unknown name. Did you mean {MOBILE}?"


@pytest.mark.parametrize("name", ["department\u200b", "\uff44epartment", "my_mfa", "\u200b" * 300 + MOBILE])
def test_what_does_not_is_for_somebody_else(name: str) -> None:
    assert len(requested(request(name, "Remove")).ignored) == 1
