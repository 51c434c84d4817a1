"""AD FS of a federated domain: the two WS-Trust endpoints with which MSAL signs a user in by password.

The mex document names the endpoint for user names and passwords, which answers with a SAML assertion. Entra gives a
token for that (entra.py). A wrong password is a SOAP fault with status 500, as AD FS gives it. Shapes: WS-Trust 1.3 as
far as MSAL reads it.
"""

from __future__ import annotations

import base64
import html
import re
import secrets
import uuid

from .aadsts import SignInRefused
from .carry import answer_simply
from .clouds import ADFS_HOST
from .exchange import Delivery, Request, Response
from .journal import Record
from .sign_in import check_password
from .tenant import Tenant

MEX = "/adfs/services/trust/mex"
USER_NAME_MIXED = "/adfs/services/trust/13/usernamemixed"
SAML_1_1 = "urn:oasis:names:tc:SAML:1.0:assertion"
_ISSUE = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"
_ASSERTION = re.compile(r'AssertionID="([^"]+)"')


class Adfs:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def handle(self, request: Request) -> Delivery:
        def fail(status: int, _code: str | None, message: str | None) -> Response:
            # The proxy in front of AD FS: a page for a fault, nothing at all for what is not published.
            page = f"<html><body><h1>{message or 'Service Unavailable'}</h1></body></html>"
            return Response(status) if status == 404 else Response(status, {"Content-Type": "text/html"}, page.encode())

        def answer(_record: Record) -> Response:
            if request.method == "GET" and request.path == MEX:
                return _xml(200, _MEX)
            if request.method == "POST" and request.path == USER_NAME_MIXED:
                return self._issue(request.body.decode("utf-8", "replace"))
            return Response(404)

        return answer_simply(self._tenant, "adfs", request, answer, fail, str(uuid.uuid4()))

    def _issue(self, envelope: str) -> Response:
        try:
            with self._tenant.lock:
                user = check_password(self._tenant, _text(envelope, "Username"), _text(envelope, "Password"))
                assertion_id = f"_{secrets.token_hex(16)}"
                self._tenant.assertions[assertion_id] = user.id
        except SignInRefused:
            return _xml(500, _FAULT)
        assertion = f'<saml:Assertion xmlns:saml="{SAML_1_1}" MajorVersion="1" AssertionID="{assertion_id}"/>'
        return _xml(200, _TOKEN.format(assertion=assertion, kind=SAML_1_1))


def user_realm(domain: str, cloud_login_host: str) -> dict[str, str]:
    """What Entra says about a user of a federated domain."""
    return {
        "ver": "1.0",
        "account_type": "Federated",
        "domain_name": domain,
        "federation_protocol": "WSTrust",
        "federation_metadata_url": f"https://{ADFS_HOST}{MEX}",
        "federation_active_auth_url": f"https://{ADFS_HOST}/adfs/services/trust/2005/usernamemixed",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        "cloud_instance_name": cloud_login_host,
    }


def assertion_id(encoded: str) -> str:
    """Of an assertion that somebody presents to Entra (RFC 7522); empty for what is none."""
    try:
        assertion = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return ""
    found = _ASSERTION.search(assertion)
    return found[1] if found else ""


def _text(envelope: str, tag: str) -> str:
    found = re.search(rf"<(?:\w+:)?{tag}\b[^>]*>(.*?)</(?:\w+:)?{tag}>", envelope, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def _xml(status: int, body: str) -> Response:
    return Response(status, {"Content-Type": "application/soap+xml; charset=utf-8"}, body.encode())


_MEX = f"""<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="SecurityTokenService" targetNamespace="http://schemas.microsoft.com/ws/2008/06/identity/securitytokenservice"
  xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"
  xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
  xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
  xmlns:wsa10="http://www.w3.org/2005/08/addressing"
  xmlns:tns="http://schemas.microsoft.com/ws/2008/06/identity/securitytokenservice">
  <wsp:Policy wsu:Id="UserNameWSTrustBinding_IWSTrust13Async_policy"><wsp:ExactlyOne><wsp:All>
    <sp:TransportBinding/>
    <sp:SignedEncryptedSupportingTokens><wsp:Policy><sp:UsernameToken><wsp:Policy><sp:WssUsernameToken10/></wsp:Policy>
    </sp:UsernameToken></wsp:Policy></sp:SignedEncryptedSupportingTokens>
  </wsp:All></wsp:ExactlyOne></wsp:Policy>
  <wsdl:binding name="UserNameWSTrustBinding_IWSTrust13Async" type="tns:IWSTrust13Async">
    <wsp:PolicyReference URI="#UserNameWSTrustBinding_IWSTrust13Async_policy"/>
    <soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="Trust13IssueAsync"><soap12:operation soapAction="{_ISSUE}" style="document"/></wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="SecurityTokenService">
    <wsdl:port name="UserNameWSTrustBinding_IWSTrust13Async" binding="tns:UserNameWSTrustBinding_IWSTrust13Async">
      <wsa10:EndpointReference><wsa10:Address>https://{ADFS_HOST}{USER_NAME_MIXED}</wsa10:Address></wsa10:EndpointReference>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>"""

_FAULT = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>
<s:Code><s:Value>s:Sender</s:Value><s:Subcode>
<s:Value xmlns:a="http://docs.oasis-open.org/ws-sx/ws-trust/200512">a:FailedAuthentication</s:Value></s:Subcode>
</s:Code><s:Reason>
<s:Text xml:lang="en-US">ID3242: The security token could not be authenticated or authorized.</s:Text></s:Reason>
</s:Fault></s:Body></s:Envelope>"""

_TOKEN = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>
<trust:RequestSecurityTokenResponseCollection xmlns:trust="http://docs.oasis-open.org/ws-sx/ws-trust/200512">
<trust:RequestSecurityTokenResponse><trust:RequestedSecurityToken>{assertion}</trust:RequestedSecurityToken>
<trust:TokenType>{kind}</trust:TokenType></trust:RequestSecurityTokenResponse>
</trust:RequestSecurityTokenResponseCollection></s:Body></s:Envelope>"""
