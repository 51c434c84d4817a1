"""payload/provisioning*.py: provisioning plans, as XML and as JSON."""

import contextlib
import json
from collections.abc import Callable
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.api.payload.provisioning import parse_plan
from shared.api.payload.provisioning_document import read_json_plan
from shared.api.payload.provisioning_xml import read_xml_plan
from shared.core.desired import Removal, Requested, RequestedUsers, RequestedValue
from shared.core.models import Method, Target
from shared.errors import MAX_FAULTS, InvalidBody

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
ID = "98331b77-46d5-51d1-a329-64fd5b919a62"
NUMBER, OTHER, OFFICE = "+46 701740605", "+46 701740606", "+1 2065550100"
PHONE, AUTHENTICATOR = "6803c096-8b1d-4c1c-9c1a-1f2d3e4f5a6b", "mfa_microsoftAuthenticatorAuthenticationMethod"
MOBILE = "mfa_phoneNumber_mobile"
PASSWORD = "not-a-real-password"

Attribute = dict[str, object]
Writer = Callable[..., bytes]


def account(*attributes: Attribute, op: str = "Modify", user: str | None = ANNA) -> dict[str, object]:
    named = {} if user is None else {"nativeIdentity": user}
    return {"op": op, **named, "attributeRequests": list(attributes)}


def request(name: str, op: str, *value: object) -> Attribute:
    return {"name": name, "op": op, **({"value": value[0]} if value else {})}


def as_json(*accounts: dict[str, object]) -> bytes:
    return json.dumps({"accountRequests": accounts}).encode()


def as_xml(*accounts: dict[str, object]) -> bytes:
    """The same plan as IdentityIQ writes it."""
    return f"<ProvisioningPlan>\n{''.join(map(_account_xml, accounts))}</ProvisioningPlan>".encode()


def _account_xml(each: dict[str, object]) -> str:
    attributes = each["attributeRequests"]
    assert isinstance(attributes, list)
    names = {"application": "Entra", **{key: value for key, value in each.items() if isinstance(value, str)}}
    return f"<AccountRequest{_attributes_xml(names)}>\n{''.join(map(_request_xml, attributes))}</AccountRequest>\n"


def _request_xml(each: Attribute) -> str:
    texts = {key: value for key, value in each.items() if isinstance(value, str)}
    value = each.get("value")
    if not isinstance(value, list):
        return f"<AttributeRequest{_attributes_xml(texts)}/>\n"
    listed = "".join(f"<String>{text}</String>" for text in value)
    return f"<AttributeRequest{_attributes_xml(texts)}><Value><List>{listed}</List></Value></AttributeRequest>\n"


def _attributes_xml(texts: dict[str, str]) -> str:
    return "".join(f" {key}={quoteattr(value)}" for key, value in texts.items())


BOTH = pytest.mark.parametrize("write", [as_json, as_xml], ids=["JSON", "XML"])


def requested(*attributes: Attribute) -> Requested:
    (from_json,) = parse_plan(as_json(account(*attributes))).users.values()
    (from_xml,) = parse_plan(as_xml(account(*attributes))).users.values()
    assert from_json == from_xml
    return from_json


def faults(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as refusal:
        parse_plan(body)
    assert PASSWORD not in repr(refusal.value.faults)
    return [(fault.pointer, fault.detail) for fault in refusal.value.faults]


def fault(*attributes: Attribute) -> tuple[str, str]:
    """The same from JSON and XML, apart from the line."""
    (from_json,) = faults(as_json(account(*attributes)))
    ((pointer, detail),) = faults(as_xml(account(*attributes)))
    assert (pointer, detail.partition(": ")[2]) == from_json
    assert detail.startswith("Line ")
    return from_json


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
        needs_country_code=True,
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
            needs_country_code=True,
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
    assert only == Requested({}, removals=(Removal(Method.MICROSOFT_AUTHENTICATOR, PHONE),), needs_country_code=True)


# What attributes mean


@pytest.mark.parametrize("op", ["Add", "Set", "add", "SET"])
def test_add_and_set_are_the_same(op: str) -> None:
    assert requested(request(MOBILE, op, f" {NUMBER} ")).values == {Method.MOBILE: RequestedValue(NUMBER)}


def test_a_missing_space_is_none_of_the_parsers_business() -> None:
    assert requested(request(MOBILE, "Add", "+46701740605")).values == {Method.MOBILE: RequestedValue("+46701740605")}


def test_remove_without_a_value_removes_whatever_is_there() -> None:
    assert requested(request(MOBILE, "Remove")).values == {Method.MOBILE: RequestedValue(None)}


def test_null_is_no_value_where_there_can_be_only_one() -> None:
    (only,) = parse_plan(as_json(account(request(MOBILE, "Remove", None)))).users.values()
    assert only.values == {Method.MOBILE: RequestedValue(None)}


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


def test_a_request_with_nothing_for_us_is_an_empty_wish() -> None:
    assert requested(request("department", "Set", "IT"), request("password", "Set", PASSWORD)) == Requested(
        {}, ignored=("department", "password"), needs_country_code=True
    )
    assert requested() == Requested({}, needs_country_code=True)


def test_of_many_attributes_for_somebody_else_the_first_are_named_and_long_names_cut() -> None:
    ignored = requested(
        *[request("x" * 100 + str(i), "Set", "") for i in range(3)], request("y\x9fz", "Set", "")
    ).ignored
    assert ignored == ("x" * 64 + "…", "y\N{REPLACEMENT CHARACTER}z")
    assert len(requested(*[request(f"x{i}", "Set", "") for i in range(100)]).ignored) == 21


# Whom it is about


@BOTH
@pytest.mark.parametrize("op", ["Create", "modify", "MODIFY"])
def test_the_native_identity_is_an_id_or_a_user_principal_name(write: Writer, op: str) -> None:
    plan = write(account(op=op, user=ID.upper()), account(op=op, user=ANNA))
    assert list(parse_plan(plan).users) == [Target(id=ID), Target(upn=ANNA)]


@BOTH
def test_with_a_native_identity_the_user_principal_name_is_an_attribute_like_any_other(write: Writer) -> None:
    found = parse_plan(write(account(request("userPrincipalName", "Set", BJORN), user=ANNA, op="Create"))).users
    assert found == {Target(upn=ANNA): Requested({}, ignored=("userPrincipalName",), needs_country_code=True)}


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
    assert "Only Create and Modify are done here" in detail


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
    assert PASSWORD not in repr(list(read_json_plan(as_json(plan))))
    assert PASSWORD not in repr(read_xml_plan(as_xml(plan)))


# Faults of attributes


@pytest.mark.parametrize("op", ["Revoke", "Retain", "Delete", ""])
def test_other_operations_on_an_attribute(op: str) -> None:
    assert fault(request(MOBILE, op, NUMBER))[0].endswith("/0/op")
    assert fault(request(AUTHENTICATOR, op, PHONE))[0].endswith("/0/op")


def test_other_operations_on_an_attribute_for_somebody_else_are_ignored() -> None:
    assert requested(request("groups", "Revoke", "x")).ignored == ("groups",)


@pytest.mark.parametrize("op", ["Add", "Set"])
def test_a_method_that_can_only_be_removed_cannot_be_set(op: str) -> None:
    pointer, detail = fault(request(AUTHENTICATOR, op, PHONE))
    assert pointer == "/accountRequests/0/attributeRequests/0/op"
    assert "can only be removed" in detail


@pytest.mark.parametrize(
    "name", ["mfa_phoneNumber_mobil", "mfa_phone", "mfa_", "mfa_hardwareOathAuthenticationMethod", "mfa-emailAddress"]
)
def test_an_unknown_attribute_of_ours(name: str) -> None:
    pointer, detail = fault(request(MOBILE, "Add", NUMBER), request(name, "Add", OTHER))
    assert pointer == "/accountRequests/0/attributeRequests/1/name"
    assert detail.startswith(f"{name} is not known. Known are mfa_phoneNumber_mobile, ")


@pytest.mark.parametrize("op", ["Add", "Set"])
def test_a_set_without_a_value_is_no_removal(op: str) -> None:
    pointer, detail = fault(request(MOBILE, op))
    assert pointer == "/accountRequests/0/attributeRequests/0"
    assert "value is missing" in detail


@pytest.mark.parametrize("op", ["Add", "Set", "Remove"])
@pytest.mark.parametrize("value", ["", " ", [], [NUMBER, OTHER], [""]])
def test_a_value_that_is_empty_or_more_than_one(op: str, value: object) -> None:
    assert fault(request(MOBILE, op, value))[0].endswith("/0/value")


@pytest.mark.parametrize("value", [46701740605, True, {"a": 1}, [None], [[NUMBER]]])
def test_a_value_that_is_no_text(value: object) -> None:
    ((pointer, _),) = faults(as_json(account(request(MOBILE, "Add", value))))
    assert pointer.endswith("/0/value")


def test_two_different_values_for_one_attribute() -> None:
    for op in ("Add", "Remove"):
        pointer, detail = fault(request(MOBILE, op, NUMBER), request("x", op, ""), request(MOBILE, op, OTHER))
        assert pointer == "/accountRequests/0/attributeRequests/2"
        assert "asked for twice with different values" in detail


@pytest.mark.parametrize(
    "value", ["", "a/b", "..", "a b", "{", "[]", '{"id": 1}', '{"name": "x"}', '{"id":"a","ID":"b"}']
)
def test_a_removal_whose_value_names_no_method(value: str) -> None:
    pointer, detail = fault(request(AUTHENTICATOR, "Remove", value))
    assert pointer == "/accountRequests/0/attributeRequests/0/value"
    assert detail.startswith("This names no method")


@pytest.mark.parametrize("value", [None, [], [None], {}, 7])
def test_nothing_that_could_be_meant_as_nothing_removes_all(value: object) -> None:
    ((pointer, detail),) = faults(as_json(account(request(AUTHENTICATOR, "Remove", value))))
    assert pointer == "/accountRequests/0/attributeRequests/0/value"
    assert detail.endswith("leave value out.")


def test_a_list_without_elements_in_xml_removes_nothing_either() -> None:
    assert fault(request(AUTHENTICATOR, "Remove", []))[1].startswith("The list is empty.")


@BOTH
@pytest.mark.parametrize("key", ["vlaue", "values", "opp", "id", "oldValue"])
def test_a_misspelt_key_does_not_make_a_remove_of_everything(write: Writer, key: str) -> None:
    found = faults(write(account({**request(AUTHENTICATOR, "Remove"), key: PHONE})))
    assert [pointer for pointer, _ in found] == ["/accountRequests/0/attributeRequests/0"]
    assert found[0][1].endswith(("meant?", "is the key that is not known here the value?"))


@BOTH
def test_a_misspelt_key_of_an_account(write: Writer) -> None:
    found = faults(write({**account(user=None), "nativeIdentiy": ANNA}))
    assert "Is nativeIdentity meant?" in found[0][1]


@BOTH
def test_every_fault_is_found_at_once(write: Writer) -> None:
    plan = write(
        account(request("mfa_x", "Add", NUMBER), request(MOBILE, "Add", ""), user="anna"),
        account(op="Delete"),
        account(request(MOBILE, "Add", NUMBER)),
    )
    assert [pointer.removeprefix("/accountRequests") for pointer, _ in faults(plan)] == [
        *("/0/nativeIdentity", "/0/attributeRequests/0/name", "/0/attributeRequests/1/value"),
        "/1/op",
    ]


@BOTH
def test_no_more_faults_are_collected_than_show_that_there_are_more(write: Writer) -> None:
    assert len(faults(write(*[account(op="Delete")] * (3 * MAX_FAULTS)))) == MAX_FAULTS + 1
    assert len(faults(write(account(*[request("mfa_x", "Add", "1")] * (3 * MAX_FAULTS))))) == MAX_FAULTS + 1


@BOTH
def test_no_fault_and_no_repr_repeats_a_value(write: Writer) -> None:
    plan = write(
        account(
            request(MOBILE, "Add", PASSWORD),
            request(MOBILE, "Add", NUMBER),
            request(AUTHENTICATOR, "Remove", f"{PASSWORD}/"),
            request("password", PASSWORD, PASSWORD),
            op="Create",
            user=PASSWORD,
        )
    )
    assert not [detail for _, detail in faults(plan) if PASSWORD in detail or "701740605" in detail]


# JSON


def test_names_of_keys_in_any_case_and_unknown_ones() -> None:
    plan = {
        "Source": "x",
        "AccountRequests": {
            "OP": "Create",
            "nativeidentity": ANNA,
            "application": "Entra",
            "AttributeRequests": {"Name": MOBILE, "OP": "Add", "VALUE": NUMBER, "displayName": "Mobile"},
        },
    }
    assert parse_plan(json.dumps(plan).encode()).users[Target(upn=ANNA)].values == {
        Method.MOBILE: RequestedValue(NUMBER)
    }


@pytest.mark.parametrize(
    "document",
    [[], {}, "x", None, [account()], {"accountRequest": account()}, {"accountRequests": [], "AccountRequests": []}],
)
def test_json_that_is_no_plan(document: object) -> None:
    ((pointer, detail),) = faults(json.dumps(document).encode())
    assert pointer == ""
    assert "accountRequests" in detail


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}])
def test_an_entry_that_is_no_account_request(entry: object) -> None:
    assert faults(json.dumps({"accountRequests": [entry]}).encode())[0][0] == "/accountRequests/0"


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}, {"name": MOBILE}, {"name": 1, "op": "Add"}])
def test_an_entry_that_is_no_attribute_request(entry: object) -> None:
    pointer = faults(as_json({**account(), "attributeRequests": [entry]}))[0][0]
    assert pointer.startswith("/accountRequests/0/attributeRequests/0")


def test_keys_that_are_missing_or_stand_twice() -> None:
    assert faults(b'{"accountRequests": [{"op": "Modify", "nativeIdentity": "a@b"}]}') == [
        ("/accountRequests/0", "attributeRequests is missing.")
    ]
    twice = b'{"accountRequests": [{"op": "Modify", "Op": "Create", "nativeIdentity": "a@b", "attributeRequests": []}]}'
    assert faults(twice)[0] == ("/accountRequests/0", "op stands here 2 times; which one counts cannot be known.")
    lists = b'"attributeRequests": [], "attributerequests": []'
    twice = b'{"accountRequests": [{"op": "Modify", "nativeIdentity": "a@b", ' + lists + b"}]}"
    assert faults(twice)[0][1].startswith("attributeRequests stands here 2 times")
    value = b'[{"name": "mfa_emailAddress", "op": "Remove", "value": "a", "Value": "b"}]'
    plan = b'{"accountRequests": [{"op": "Modify", "nativeIdentity": "a@b", "attributeRequests": ' + value + b"}]}"
    assert faults(plan)[0][1].startswith("value stands here 2 times")


def test_a_dry_run_asked_for_in_the_body() -> None:
    assert faults(b'{"dryRun": true, "accountRequests": []}')[0][0] == "/dryRun"


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_body(body: bytes) -> None:
    assert faults(body) == [("", "The body is empty; a provisioning plan (JSON or XML) is expected.")]


# XML

FULL = f"""<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE ProvisioningPlan PUBLIC "sailpoint.dtd" "sailpoint.dtd">
<ProvisioningPlan nativeIdentity="Anna.Andersson" targetIntegration="Entra" trackingId="5">
  <AccountRequest application="Entra" nativeIdentity="{ANNA}" op="Modify" targetIntegration="Entra">
    <Attributes>
      <Map>
        <entry key="operation" value="Create"/>
        <entry key="policies"><value><List><String>ChangePassword</String></List></value></entry>
      </Map>
    </Attributes>
    <AttributeRequest name="*password*" op="Add" value="1:{PASSWORD}">
      <Attributes><Map><entry key="secret" value="true"/></Map></Attributes>
    </AttributeRequest>
    <AttributeRequest name="pwdLastSet" op="Add">
      <Value><Boolean>true</Boolean></Value>
    </AttributeRequest>
    <AttributeRequest name="{MOBILE}" op="Add">
      <Value>
        <List>
          <String>{NUMBER}</String>
        </List>
      </Value>
    </AttributeRequest>
    <AttributeRequest name="mfa_phoneNumber_office"><Value><String>{OFFICE}</String></Value></AttributeRequest>
    <AttributeRequest name="mfa_emailAddress" op="Set"><Value>anna@example.com</Value></AttributeRequest>
    <ProvisioningResult status="committed"/>
  </AccountRequest>
  <Attributes><Map><entry key="source" value="LCM"/></Map></Attributes>
  <Requesters><Reference class="sailpoint.object.Identity" name="spadmin"/></Requesters>
</ProvisioningPlan>
"""
FULL_WISH = Requested(
    {
        Method.MOBILE: RequestedValue(NUMBER),
        Method.OFFICE: RequestedValue(OFFICE),
        Method.EMAIL: RequestedValue("anna@example.com"),
    },
    ignored=("*password*", "pwdLastSet"),
    needs_country_code=True,
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_plan_as_identityiq_exports_it(newline: str, mark: bytes) -> None:
    found = parse_plan(mark + FULL.replace("\n", newline).encode())
    assert found == RequestedUsers({Target(upn=ANNA): FULL_WISH}, 1)
    assert PASSWORD not in repr(found)


def test_a_plan_inside_of_other_elements_and_without_any() -> None:
    inner = (
        f'<AccountRequest nativeIdentity="{ANNA}"><AttributeRequest name="{MOBILE}" value="{NUMBER}"/></AccountRequest>'
    )
    for body in (inner, f"<a><b/><ProvisioningPlan>{inner}</ProvisioningPlan></a>"):
        assert parse_plan(body.encode()).users[Target(upn=ANNA)].values == {Method.MOBILE: RequestedValue(NUMBER)}


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_that_the_declaration_names(encoding: str) -> None:
    plan = f'<?xml version="1.0" encoding="{encoding}"?><AccountRequest nativeIdentity="\u00e5sa@contoso.com"/>'
    assert list(parse_plan(plan.encode(encoding)).users) == [Target(upn="\u00e5sa@contoso.com")]


def test_typographic_quotes_as_the_documentation_prints_them() -> None:
    body = f"<ProvisioningPlan>\n<AccountRequest op=\u201cModify\u201d nativeIdentity=\u201c{ANNA}\u201d>"
    ((pointer, detail),) = faults(body.encode())
    assert pointer == ""
    assert detail.startswith("The XML is not well-formed: not well-formed (invalid token) at line 2, column 20.")
    assert "straight" in detail


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"<a>", "line 1, column 4"),
        (b"<a>\n</b>", "line 2, column 3"),
        (b"<a/>x", "line 1, column 5"),
        (b"<", "line 1"),
    ],
)
def test_what_is_not_well_formed_is_told_with_its_place(body: bytes, place: str) -> None:
    assert place in faults(body)[0][1]


ENTITY = '<!DOCTYPE P [<!ENTITY e "x">]><AccountRequest nativeIdentity="&e;@contoso.com"/>'
LAUGHS = '<!DOCTYPE P [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><P>&b;</P>'
OUTSIDE = '<!DOCTYPE P [<!ENTITY e SYSTEM "file:///etc/hostname">]><P>&e;</P>'
PARAMETER = '<!DOCTYPE P [<!ENTITY % e SYSTEM "http://example.com/e.dtd">%e;]><P/>'
DEFAULTS = '<!DOCTYPE P [<!ATTLIST AttributeRequest value CDATA "x">]><P/>'
COMMENTED = '<!-- x --><!DOCTYPE P SYSTEM "http://example.com/p.dtd"><P/>'


@pytest.mark.parametrize("body", [ENTITY, LAUGHS, OUTSIDE, PARAMETER, DEFAULTS, COMMENTED])
def test_declarations_are_refused(body: str) -> None:
    detail = "The XML declares a document type or entities. Neither is read here; take the declarations out."
    assert faults(body.encode()) == [("", detail)]


@pytest.mark.parametrize("where", ['nativeIdentity="&e;@contoso.com"/>', ">&e;</AccountRequest>"])
def test_behind_identityiqs_document_type_no_entity_is_known(where: str) -> None:
    body = f'<!DOCTYPE P PUBLIC "sailpoint.dtd"\n"sailpoint.dtd"><AccountRequest {where}'
    assert "undefined entity at line 2" in faults(body.encode())[0][1]


@pytest.mark.parametrize("encoding", ["gbk", "utf-7", "x", "rot13"])
def test_an_encoding_that_cannot_be_read(encoding: str) -> None:
    ((pointer, detail),) = faults(f'<?xml version="1.0" encoding="{encoding}"?><P/>'.encode())
    assert pointer == ""
    assert "encoding" in detail


@pytest.mark.parametrize("body", [b"<a/>", b"<html><body/></html>", b"<ProvisioningPlan/>"])
def test_xml_without_any_account_request(body: bytes) -> None:
    assert faults(body) == [("", "The XML holds no AccountRequest; nothing was done.")]


@pytest.mark.parametrize(
    "body",
    [
        '<P><AttributeRequest name="x"/></P>',
        '<AccountRequest nativeIdentity="a@b"><AccountRequest/></AccountRequest>',
        '<AccountRequest><AttributeRequest name="x"><AccountRequest/></AttributeRequest></AccountRequest>',
    ],
)
def test_requests_in_the_wrong_place(body: str) -> None:
    assert faults(body.encode())[0][1].startswith("Line 1: An A")


@pytest.mark.parametrize(
    "inner",
    [
        "<Value><Boolean>true</Boolean></Value>",
        "<Value><List><Map/></List></Value>",
        "<Value><List><String>1</String><Map/></List></Value>",
        "<Value/>",
        "<Value><List/></Value>",
        "<Value><String/></Value>",
        "<Value><String>1</String><String>2</String></Value>",
        "<Value>1</Value><Value>2</Value>",
    ],
)
def test_a_value_element_that_holds_no_single_text(inner: str) -> None:
    attribute = f'<AttributeRequest name="{MOBILE}">{inner}</AttributeRequest>'
    body = f'<AccountRequest nativeIdentity="a@b">{attribute}</AccountRequest>'
    assert faults(body.encode())[0][0].startswith("/accountRequests/0/attributeRequests/0")


def test_a_value_as_attribute_and_as_element() -> None:
    body = (
        f'<AccountRequest nativeIdentity="a@b"><AttributeRequest name="{MOBILE}" value="1"><Value>2</Value>'
        "</AttributeRequest></AccountRequest>"
    )
    assert "value stands here twice" in faults(body.encode())[0][1]


def test_an_attribute_request_without_a_name() -> None:
    assert (
        "name is missing" in faults(b'<AccountRequest nativeIdentity="a@b"><AttributeRequest/></AccountRequest>')[0][1]
    )


@pytest.mark.parametrize(
    "body", [b"<a>" * 100_000, b"<AccountRequest><AttributeRequest><Value>" + b"<String>" * 100_000, b'{"a":' * 100_000]
)
def test_a_depth_bomb_is_a_fault_and_no_crash(body: bytes) -> None:
    assert faults(body)[0][0] == ""


# Whatever is sent

TAGS = st.sampled_from(
    [
        *(
            "<P>",
            "</P>",
            "<AccountRequest>",
            f'<AccountRequest nativeIdentity="{ANNA}" op="Create">',
            "</AccountRequest>",
        ),
        *(f'<AttributeRequest name="{MOBILE}">', f'<AttributeRequest name="{AUTHENTICATOR}" op="Remove"/>'),
        *(
            "</AttributeRequest>",
            "<Value>",
            "</Value>",
            "<List>",
            "</List>",
            "<String>",
            "</String>",
            "<Map/>",
            "+46",
            "&lt;",
        ),
    ]
)
KEYS = st.sampled_from(["accountRequests", "op", "nativeIdentity", "attributeRequests", "name", "value", "id", "x"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.text(max_size=5)
    | st.sampled_from([ANNA, ID, MOBILE, AUTHENTICATOR, "Add", "Remove"])
)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=25)
ATTRIBUTES = st.fixed_dictionaries(
    {"name": SCALARS, "op": st.sampled_from(["Add", "Remove", "Set", 1])}, optional={"value": DOCUMENTS}
)
PLANS = st.builds(
    lambda op, user, attributes: as_json({"op": op, "nativeIdentity": user, "attributeRequests": attributes}),
    *(st.sampled_from(["Create", "Modify"]), SCALARS, st.lists(ATTRIBUTES, max_size=4)),
)


@given(
    st.binary()
    | st.lists(TAGS, max_size=12).map(lambda tags: f"<P>{''.join(tags)}</P>".encode())
    | DOCUMENTS.map(lambda document: json.dumps({"accountRequests": document}).encode())
    | PLANS
)
@example(b"<\x00")
@example(b"\xff\xfe<\x00")
@example(b'<?xml version="1.0" encoding="\xff"?>')
@example(b'{"accountRequests": [{"op": "\\ud800", "nativeIdentity": "\\ud800", "attributeRequests": []}]}')
def test_nothing_but_a_refusal_comes_out_of_any_bytes(body: bytes) -> None:
    with contextlib.suppress(InvalidBody):
        found = parse_plan(body)
        assert 0 < len(found.users) <= found.entries
