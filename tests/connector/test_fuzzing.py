"""Schemathesis sends what the description allows, and what it does not; every answer is as described.

Schemathesis is imported where it is needed, because that takes a second; its pytest plugin is not used.
"""

import copy
from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import HealthCheck, given, settings

from sandbox.host import HostProcess
from tests.connector.asking import AUDITOR, EXPLICIT
from tests.connector.definition import Json, load, operations

if TYPE_CHECKING:
    from schemathesis import Case

ALL = [(operation.path, operation.method) for operation in operations(load())]
WITH_BODY_OR_QUERY = [
    (operation.path, operation.method)
    for operation in operations(load())
    if any(place in ("body", "query") for place, _ in operation.parameters)
]
# Who may ask there has no other right.
OPERATED = ("/api/report",)
USERS = [
    *("anna.andersson@contoso.com", "sara.smssignin@contoso.com", "siobhan.o'brien@contoso.com"),
    *("adele.vance_fabrikam.com#EXT#@contoso.onmicrosoft.com", "nobody@contoso.com"),
]
NUMBERS = ["+46 701740690", "0701740691", "+1 2065550199 ext. 7", "(206) 555-0112", "+46 12", "not a number"]
ADDRESSES = ["anna@example.com", "anna"]
REASONS = ["ticket 4711", "+46 70-174 06 05 was called"]
ATTRIBUTES = ["mfa_phoneNumber_mobile", "mfa_phoneNumber_office", "mfa_emailAddress", "department"]


def without_secrets(document: Json) -> Json:
    """Without key and handshake, which these tests always send: else most answers would be 401."""
    unlocked = copy.deepcopy(document)
    del unlocked["securityDefinitions"], unlocked["security"]
    for verbs in unlocked["paths"].values():
        for operation in verbs.values():
            operation.pop("security", None)
            operation["parameters"] = [
                parameter for parameter in operation["parameters"] if "Handshake" not in parameter.get("$ref", "")
            ]
    # What the platform makes of control characters in a path is not known.
    for name in ("User", "JobId"):
        unlocked["parameters"][name]["pattern"] = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"
    return unlocked


def with_likely_values(document: Json) -> Json:
    """Narrowed to values with which a request gets past the first checks."""
    narrow = without_secrets(document)
    words = narrow["definitions"]
    for name in ("UserList", "ValueList", "ProvisioningPlan", "UserName", "UserValues", "AccountRequest"):
        words[name]["additionalProperties"] = False
    for name in ("AttributeRequest", "PhoneMethodToCreate", "PhoneMethodToUpdate"):
        words[name]["additionalProperties"] = False
    for name in ("UserName", "UserValues"):
        del words[name]["properties"]["id"]
        words[name]["properties"]["userPrincipalName"]["enum"] = USERS
        words[name]["required"] = ["userPrincipalName"]
    # Who may operate asks for them elsewhere; the handshake of these tests may not.
    del words["UserList"]["properties"]["group"], words["UserList"]["properties"]["scope"]
    words["UserList"]["required"] = ["users"]
    words["LifecycleTask"] = {"enum": [words["LifecycleTask"]["example"]]}
    words["UserValues"]["minProperties"] = 2
    for key in ("mobile", "alternateMobile", "office"):
        words["UserValues"]["properties"][key]["enum"] = NUMBERS
    words["UserValues"]["properties"]["email"]["enum"] = ADDRESSES
    words["PhoneMethodToCreate"]["properties"]["phoneNumber"]["enum"] = NUMBERS
    words["PhoneMethodToUpdate"]["properties"]["phoneNumber"]["enum"] = NUMBERS
    del words["PhoneMethodToUpdate"]["properties"]["phoneType"]
    words["AccountRequest"]["properties"]["nativeIdentity"]["enum"] = USERS
    words["AccountRequest"]["required"] = ["op", "nativeIdentity", "attributeRequests"]
    attribute = words["AttributeRequest"]
    attribute["properties"]["name"]["enum"] = ATTRIBUTES
    attribute["properties"]["value"] |= {"type": "string", "enum": [*NUMBERS, *ADDRESSES]}
    attribute["required"] = ["name", "op", "value"]
    for parent, key in (("UserList", "users"), ("ValueList", "users"), ("ProvisioningPlan", "accountRequests")):
        words[parent]["properties"][key]["maxItems"] = 3
    narrow["parameters"]["User"]["enum"] = USERS
    narrow["parameters"]["Reason"]["enum"] = REASONS
    for name in ("reconcile", "set", "provision"):
        # Nobody guesses the id of a plan.
        narrow["paths"][f"/api/{name}"]["post"]["parameters"].remove({"$ref": "#/parameters/IfMatch"})
    for name in ("reconcile", "set", "provision"):
        narrow["paths"][f"/api/{name}"]["post"]["consumes"] = ["application/json"]
    return narrow


def statuses_of(
    document: Json, path: str, method: str, host: HostProcess, *, examples: int, invalid_for: str | None = None
) -> set[int]:
    """The statuses that came. Fails on the first answer that is not as described.

    `invalid_for`: body and query are not as described, and the path is that of this user.
    """
    import schemathesis
    from schemathesis import GenerationMode, checks
    from schemathesis.specs.openapi import checks as openapi

    operation = schemathesis.openapi.from_dict(document)[path][method]
    if invalid_for is None:
        cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    else:
        names = {"user": invalid_for, "type": "mobile", "id": "0f0e0d0c-0b0a-4908-8706-050403020100"}
        parts = {parameter.name: names[parameter.name] for parameter in operation.path_parameters}
        cases = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, path_parameters=parts)
    statuses = set()
    with requests.Session() as session:

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def run(case: "Case") -> None:
            answer = case.call(
                base_url=host.url,
                session=session,
                headers={"x-functions-key": host.key, "Message": AUDITOR if path in OPERATED else EXPLICIT},
            )
            statuses.add(answer.status_code)
            wanted = [
                checks.not_a_server_error,
                openapi.status_code_conformance,
                openapi.response_headers_conformance,
                openapi.response_schema_conformance,
            ]
            # The library of Azure Functions adds a content type to an answer without content, too.
            wanted += [openapi.content_type_conformance] if answer.status_code != 204 else []
            case.validate_response(answer, checks=wanted)

        run()
    return statuses


@pytest.mark.parametrize(("path", "method"), ALL)
def test_likely_requests_are_answered_as_described(document: Json, host: HostProcess, path: str, method: str) -> None:
    statuses = statuses_of(
        with_likely_values(document), path, method, host, examples=10 if "{user}" not in path else 25
    )
    # Jobs have ids that nobody guesses.
    assert statuses == {404} if "{id}" in path else min(statuses) < 300


@pytest.mark.parametrize(("path", "method"), WITH_BODY_OR_QUERY)
def test_requests_with_any_values_are_answered_as_described(
    document: Json, host: HostProcess, path: str, method: str
) -> None:
    statuses = statuses_of(without_secrets(document), path, method, host, examples=5)
    assert statuses <= ({202, 400} if path in OPERATED else {200, 400, 403, 404, 412})


@pytest.mark.parametrize(("path", "method"), WITH_BODY_OR_QUERY)
def test_requests_that_are_not_as_described_are_answered_as_described(
    document: Json, host: HostProcess, path: str, method: str
) -> None:
    statuses = statuses_of(without_secrets(document), path, method, host, examples=5, invalid_for=USERS[0])
    # Where nothing can be written, a parameter of the query that nobody knows is passed over.
    assert statuses <= {400, 404, *([200] if method == "GET" else [])}
