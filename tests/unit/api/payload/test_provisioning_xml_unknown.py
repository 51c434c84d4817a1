"""payload/provisioning_xml.py: elements and text that are not understood where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.payload.provisioning import parse_plan
from shared.core.desired import Removal, RequestedValue
from shared.core.models import Method, Target
from shared.errors import MAX_FAULTS
from tests.unit.api.payload.parsing import ANNA, BJORN, NUMBER
from tests.unit.api.payload.plans import MOBILE, PHONE, faults

FIDO2, OFFICE = "mfa_fido2AuthenticationMethod", "mfa_phoneNumber_office"
ACCOUNT, ATTRIBUTE = "/accountRequests/0", "/accountRequests/0/attributeRequests/0"
NOT_HERE = "Line 1: This element is not allowed here."


def plan(*inner: str, user: str = ANNA) -> str:
    return f'<AccountRequest op="Modify" nativeIdentity="{user}">{"".join(inner)}</AccountRequest>'


def removal(name: str, inner: str) -> bytes:
    return plan(f'<AttributeRequest name="{name}" op="Remove">{inner}</AttributeRequest>').encode()


SET = f'<AttributeRequest name="{MOBILE}" op="Set" value="{NUMBER}"/>'


@pytest.mark.parametrize("name", [FIDO2, OFFICE, "mfa_emailAddress"])
@pytest.mark.parametrize(
    "inner",
    [
        PHONE,
        f"<![CDATA[{PHONE}]]>",
        f"<Attributes/>{PHONE}",
        f"<Val>{PHONE}</Val>",
        f"<String>{PHONE}</String>",
        f"<List><String>{PHONE}</String></List>",
        f"<Id value='{PHONE}'/>",
        "<Val/>",
        f"<Attributes>{PHONE}</Attributes>",
        f"<Attributes><String>{PHONE}</String></Attributes>",
    ],
)
def test_a_removal_with_something_unknown_in_it_does_not_remove_whatever_there_is(name: str, inner: str) -> None:
    ((pointer, detail),) = faults(removal(name, inner))
    assert pointer == ATTRIBUTE
    assert detail.startswith("Line 1: Without value, this removes whatever is registered.")


@pytest.mark.parametrize("tag", ["value", "VALUE", "Values", "Vlaue", "p:Value", "val_ue"])
@pytest.mark.parametrize("around", ["{}", "<Attributes>{}</Attributes>", "<Something>{}</Something>"])
def test_a_value_element_that_is_misspelt(tag: str, around: str) -> None:
    inner = around.format(f"<{tag}>{PHONE}</{tag}>")
    assert (ATTRIBUTE, "Line 1: Unknown element. Did you mean Value?") in faults(removal(FIDO2, inner))


@given(st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=12))
def test_no_element_but_those_of_identityiq_goes_with_a_removal_without_value(tag: str) -> None:
    if tag not in ("Value", "Attributes", "ProvisioningResult"):
        assert faults(removal(FIDO2, f"<{tag}>{PHONE}</{tag}>"))[0][0] in (ATTRIBUTE, f"{ATTRIBUTE}/{tag}")


@pytest.mark.parametrize(
    "inner",
    [
        "",
        " \n\t ",
        "<!-- the old key -->",
        '<Attributes><Map><entry key="secret" value="true"/></Map></Attributes>',
        "<Attributes><Map><entry key='x'><value><List><String>y</String></List></value></entry></Map></Attributes>",
        "<Attributes/>",
        '<ProvisioningResult status="committed"><Errors><Message key="x"/></Errors></ProvisioningResult>',
    ],
)
def test_what_identityiq_adds_is_no_value(inner: str) -> None:
    (found,) = parse_plan(removal(FIDO2, f"\n  {inner}\n")).users.values()
    assert found.removals == (Removal(Method.FIDO2),)


@pytest.mark.parametrize(
    "value",
    [
        f"{PHONE}<String>{PHONE}</String>",
        f"<String>{PHONE}</String>{PHONE}",
        f"<List>{PHONE}<String>{PHONE}</String></List>",
        f"<List><String>{PHONE}</String>{PHONE}</List>",
        f"<List><String>{PHONE}</String></List>{PHONE}",
        f"<List>{PHONE}</List>",
        f"<String>{PHONE}<String>{PHONE}</String></String>",
        f"<Boolean>true</Boolean>{PHONE}",
    ],
)
def test_text_beside_the_strings_of_a_value(value: str) -> None:
    for name in (FIDO2, OFFICE):
        assert {pointer for pointer, _ in faults(removal(name, f"<Value>{value}</Value>"))} == {f"{ATTRIBUTE}/value"}


@pytest.mark.parametrize(
    "tag", ["attributeRequest", "ATTRIBUTEREQUEST", "AttributRequest", "AttributeRequests", "p:AttributeRequest"]
)
def test_an_attribute_request_that_is_misspelt(tag: str) -> None:
    body = plan(SET, f'<{tag} name="mfa_emailAddress" op="Set" value="anna@example.com"/>').encode()
    assert faults(body) == [(ACCOUNT, "Line 1: Unknown element. Did you mean AttributeRequest?")]


@pytest.mark.parametrize("around", ["<Requests>{}</Requests>", "<a><b>{}</b></a>", "<Attributes>{}</Attributes>"])
def test_an_attribute_request_inside_of_something_unknown(around: str) -> None:
    assert faults(plan(around.format(SET)).encode()) == [(ACCOUNT, NOT_HERE)]


@pytest.mark.parametrize("tag", ["accountRequest", "AccountRequests", "AcountRequest", "p:AccountRequest"])
def test_an_account_request_that_is_misspelt(tag: str) -> None:
    other = plan(SET, user=BJORN).replace("AccountRequest", tag)
    for body in (f"<P>{plan(SET)}{other}</P>", f"<P>{other}{plan(SET)}</P>", f"<P><a>{other}</a></P>"):
        assert faults(body.encode()) == [("", "Line 1: Unknown element. Did you mean AccountRequest?")]


def test_an_account_request_inside_of_something_unknown_in_another() -> None:
    assert faults(plan(SET, "<a>", plan(SET, user=BJORN), "</a>").encode()) == [(ACCOUNT, NOT_HERE)]


def test_these_faults_and_those_of_the_requests_are_told_together() -> None:
    body = f"<P>{plan('<attributeRequest/>', SET.replace('Set', 'Sett'))}{plan(user='anna')}</P>"
    assert [pointer for pointer, _ in faults(body.encode())] == [
        *(ACCOUNT, f"{ATTRIBUTE}/op", "/accountRequests/1/nativeIdentity"),
    ]


@pytest.mark.parametrize("tag", ["ObjectRequest", "PermissionRequest", "Requesters", "ProvisioningResult", "Comments"])
def test_other_elements_of_a_plan_are_passed_over(tag: str) -> None:
    body = f"<ProvisioningPlan><{tag}/>{plan(f'<{tag}/>', SET)}<{tag}>x</{tag}></ProvisioningPlan>"
    (found,) = parse_plan(body.encode()).users.items()
    assert found[0] == Target(upn=ANNA)
    assert found[1].values == {Method.MOBILE: RequestedValue(NUMBER)}


def test_names_are_compared_as_often_as_real_plans_have_different_ones() -> None:
    many = "".join(f"<x{number}/>" for number in range(1_001))
    ((_, detail),) = faults(f"<P>{plan(SET)}{many}</P>".encode())
    assert detail == "Line 1: The XML has more than 1,000 different unknown elements."
    assert parse_plan(f"<P>{plan(SET)}{'<x/>' * 50_000}</P>".encode()).entries == 1


def test_no_more_faults_are_collected_than_show_that_there_are_more() -> None:
    assert len(faults(f"<P>{plan(SET)}{'<accountRequest/>' * 1_000}</P>".encode())) == MAX_FAULTS + 1
