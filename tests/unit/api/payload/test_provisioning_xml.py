"""payload/provisioning_xml.py: plans as XML."""

import pytest

from shared.api.payload.provisioning import parse_plan
from shared.core.desired import Requested, RequestedUsers, RequestedValue
from shared.core.models import Method, Target
from tests.unit.api.payload.parsing import ANNA, NUMBER, OFFICE
from tests.unit.api.payload.plans import MOBILE, PASSWORD, faults

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
FULL_REQUEST = Requested(
    {
        Method.MOBILE: RequestedValue(NUMBER),
        Method.OFFICE: RequestedValue(OFFICE),
        Method.EMAIL: RequestedValue("anna@example.com"),
    },
    ignored=("*password*", "pwdLastSet"),
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_plan_as_identityiq_exports_it(newline: str, mark: bytes) -> None:
    found = parse_plan(mark + FULL.replace("\n", newline).encode())
    assert found == RequestedUsers({Target(upn=ANNA): FULL_REQUEST}, 1)
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


NO_UTF_8 = "The XML is not UTF-8 and declares no other encoding. Send it as UTF-8."


@pytest.mark.parametrize("declaration", ["", "<?xml version='1.0'?>", "<?xml version='1.0' encoding='UTF-8'?>"])
@pytest.mark.parametrize("name", ["\u00e5sa", "anna\u00e9", "\u00f6"])
def test_another_encoding_that_is_not_declared_is_told(declaration: str, name: str) -> None:
    plan = f'{declaration}<AccountRequest nativeIdentity="{name}@contoso.com"/>'
    assert parse_plan(plan.encode()).entries == 1
    ((pointer, detail),) = faults(plan.encode("latin-1"))
    assert pointer == ""
    assert detail.endswith(NO_UTF_8)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_typographic_quotes_are_told_in_any_encoding_that_is_known(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><AccountRequest op=\u201cModify\u201d/>'
    assert faults(body.encode(encoding))[0][1].endswith("Use straight quotes around values.")


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
    detail = "The XML declares a document type or entities, which are not supported. Remove the declarations."
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
    assert faults(body) == [("", "The XML has no AccountRequest. Nothing was done.")]


@pytest.mark.parametrize(
    "body",
    [
        '<P><AttributeRequest name="x"/></P>',
        '<AccountRequest nativeIdentity="a@b"><AccountRequest/></AccountRequest>',
        '<AccountRequest><AttributeRequest name="x"><AccountRequest/></AttributeRequest></AccountRequest>',
    ],
)
def test_requests_in_the_wrong_place(body: str) -> None:
    assert faults(body.encode())[0][1] == "Line 1: This element is not allowed here."


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
    assert "value is given twice" in faults(body.encode())[0][1]


def test_an_attribute_request_without_a_name() -> None:
    assert (
        "name is missing" in faults(b'<AccountRequest nativeIdentity="a@b"><AttributeRequest/></AccountRequest>')[0][1]
    )


@pytest.mark.parametrize(
    "body", [b"<a>" * 100_000, b"<AccountRequest><AttributeRequest><Value>" + b"<String>" * 100_000, b'{"a":' * 100_000]
)
def test_a_depth_bomb_is_a_fault_and_no_crash(body: bytes) -> None:
    assert faults(body)[0][0] == ""
