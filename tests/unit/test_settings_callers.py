"""settings/callers.py: who may call, or every fault at once and nothing of what was written."""

import json

import pytest

from shared.core.phone_library import is_region
from shared.errors import ConfigurationError
from shared.settings import read_settings
from shared.settings.callers import NamedCaller, Require, Right, read_callers

GUID = "c0de7e4a-0000-4000-8000-00000000c0de"
MINIMUM = {"KEY_VAULT_URL": "https://contoso-mfa.vault.azure.net", "TENANT_ID": GUID, "CLIENT_ID": GUID}
LIES = {"rights": ["reconcile"]}


def faults(document: object) -> list[str]:
    found: list[str] = []
    text = document if isinstance(document, str) else json.dumps(document)
    assert read_callers(text, found) == () or not found
    return found


def test_nobody() -> None:
    assert read_callers("", []) == read_callers("[]", []) == ()
    assert read_settings(MINIMUM, is_region).callers == ()
    assert read_settings(MINIMUM, is_region).require is Require.HANDSHAKE


def test_each_way_to_prove_it() -> None:
    found: list[str] = []
    text = json.dumps(
        [
            {"name": "helpdesk", "rights": ["reconcile", "read", "approve"]},
            {"name": "hr", "rights": ["readFull", "explicit", "operate"], "signed": True},
            {"name": "iam", "rights": ["reconcile"], "entraObjectId": GUID.upper(), "signed": False},
        ]
    )
    assert read_callers(text, found) == (
        NamedCaller("helpdesk", frozenset({Right.RECONCILE, Right.READ, Right.APPROVE})),
        NamedCaller("hr", frozenset({Right.READ_FULL, Right.EXPLICIT, Right.OPERATE}), signed=True),
        NamedCaller("iam", frozenset({Right.RECONCILE}), GUID),
    )
    assert found == []
    helpdesk, hr, iam = read_callers(text, [])
    assert (helpdesk.secret_name, hr.secret_name, iam.secret_name) == (
        *("webhook-caller-helpdesk", "webhook-caller-hr", None),
    )


@pytest.mark.parametrize("name", ["a", "0", "-", "a" * 40, "help-desk-2", "web", "webhook", "sweeper", "previous"])
def test_a_name_that_can_be_used(name: str) -> None:
    assert faults([{"name": name, **LIES}]) == []


@pytest.mark.parametrize(
    "name",
    [
        *("", "a" * 41, "Helpdesk", "help_desk", "help desk", "hålp", "a.b", "webhook-x", "sweep", "x-previous"),
        *("webhook-handshake", "webhook-", "-previous", "a\n", "a/b", "\u0661", "a\u0000", None, 7, ["a"]),
    ],
)
def test_a_name_that_cannot(name: object) -> None:
    (fault,) = faults([{"name": name, **LIES}])
    assert fault.startswith("CALLERS[0].name must be ")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"name": "a"}, "CALLERS[0] lacks rights"),
        ({}, "CALLERS[0] lacks name and rights"),
        ({"name": "a", "rights": []}, "CALLERS[0].rights must be a list"),
        ({"name": "a", "rights": "reconcile"}, "CALLERS[0].rights must be a list"),
        ({"name": "a", "rights": ["read", "read"]}, "CALLERS[0].rights must be a list of different"),
        ({"name": "a", "rights": ["Reconcile"]}, "CALLERS[0].rights[0] must be one of"),
        ({"name": "a", "rights": ["reconcile", None]}, "CALLERS[0].rights[1] must be one of"),
        ({"name": "a", **LIES, "signed": "true"}, "CALLERS[0].signed must be true or false"),
        ({"name": "a", **LIES, "signed": 1}, "CALLERS[0].signed must be true or false"),
        ({"name": "a", **LIES, "entraObjectId": "x"}, "CALLERS[0].entraObjectId must be the object id"),
        ({"name": "a", **LIES, "entraObjectId": None}, "CALLERS[0].entraObjectId must be the object id"),
        ({"name": "a", **LIES, "entraObjectId": ""}, "CALLERS[0].entraObjectId must be the object id"),
        ({"name": "a", **LIES, "entraObjectId": f"{GUID}\n"}, "CALLERS[0].entraObjectId must be the object id"),
        ({"name": "a", **LIES, "secret": "x"}, "CALLERS[0] must be an object with name and rights"),
        ("a", "CALLERS[0] must be an object with name and rights"),
        ({"name": "a", **LIES, "signed": True, "entraObjectId": GUID}, "CALLERS: a has entraObjectId and signed"),
    ],
)
def test_an_entry_that_is_wrong(entry: object, fault: str) -> None:
    (found,) = faults([entry])
    assert found.startswith(fault)


def test_what_is_no_list_of_callers() -> None:
    assert faults({}) == faults('"x"') == faults("null") == ["CALLERS must be a list of callers"]
    assert faults([{"name": f"a{number}", **LIES} for number in range(101)]) == ["CALLERS must be a list of callers"]
    (fault,) = faults('[{"name": "a-secret-not-real",}]')
    assert fault.startswith("CALLERS is not JSON: ")
    assert " at line 1, column " in fault
    assert faults("[" * 100_000) == faults(f"[{'9' * 5000}]") == ["CALLERS is not JSON that can be read"]


def test_one_name_or_one_object_id_twice() -> None:
    same = {"name": "a", **LIES}
    assert faults([same, same]) == ["CALLERS names a more than once"]
    entra = [{"name": name, **LIES, "entraObjectId": given} for name, given in (("a", GUID), ("b", GUID.upper()))]
    assert faults(entra) == ["CALLERS has one entraObjectId in more than one entry"]


def test_a_key_that_is_given_twice_is_a_fault_whichever_would_count() -> None:
    text = '[{"name": "a", "rights": ["read"], "rights": ["operate"]}]'
    assert faults(text) == ["CALLERS has an entry with a key that is given twice"]


def test_every_fault_at_once_and_no_value_in_a_message() -> None:
    secret = "a-misplaced-secret-not-real"
    document = [
        {"name": secret.upper(), "rights": [secret], "entraObjectId": secret, "signed": secret},
        {"name": "a", "rights": secret},
        {secret: secret},
        secret,
    ]
    found = faults(document)
    assert not [fault for fault in found if "misplaced" in fault.lower()]
    places = ("CALLERS[0].name", "CALLERS[0].rights[0]", "CALLERS[0].entraObjectId", "CALLERS[0].signed")
    for place in (*places, "CALLERS[1].rights", "CALLERS[2] lacks", "CALLERS[2] must", "CALLERS[3]"):
        assert [fault for fault in found if fault.startswith(place)], place
    with pytest.raises(ConfigurationError) as refusal:
        read_settings(
            {**MINIMUM, "CALLERS": json.dumps(document), "REQUIRE": secret, "TRUSTED_PROXIES": "-1"}, is_region
        )
    detail = refusal.value.detail
    assert "misplaced" not in detail.lower()
    assert all(fault in detail for fault in (*found, "REQUIRE must be", "TRUSTED_PROXIES must be"))


@pytest.mark.parametrize("setting", ["HANDSHAKE_SECRET_NAME", "HANDSHAKE_EXPLICIT_SECRET_NAME"])
@pytest.mark.parametrize("name", ["webhook-caller-a", "Webhook-Caller-A", "webhook-caller-a-previous"])
def test_a_callers_secret_is_no_handshake(setting: str, name: str) -> None:
    callers = json.dumps([{"name": "a", **LIES}])
    with pytest.raises(ConfigurationError) as refusal:
        read_settings({**MINIMUM, "CALLERS": callers, setting: name}, is_region)
    assert refusal.value.detail == "the secret webhook-caller-a of CALLERS must not be that of a handshake"


@pytest.mark.parametrize(
    "name",
    [
        *("host", "Host", "cookie", "authorization", "if-match", "If-Match", "x-functions-key", "content-type"),
        *("Content-Length", "content-", "x-forwarded-for", "X-Forwarded-Host", "x-ms-client-principal-id", "x-ms-x"),
        *("webhook-id", "Webhook-Caller", "webhook-x", "X-Reason", "Idempotency-Key", "X-Correlation-Id"),
        *("Accept", "accept-language", "User-Agent", "Prefer", "If-None-Match", "Transfer-Encoding", "traceparent"),
        *(
            "DISGUISED-HOST",
            "WAS-DEFAULT-HOSTNAME",
            "CLIENT-IP",
            "X-Original-URL",
            "X-WAWS-Unencoded-URL",
            "Keep-Alive",
        ),
        *("X-SITE-DEPLOYMENT-ID", "Max-Forwards", "X-AppService-Proto", "X-Client-IP", "X-Client-Port", "Set-Cookie"),
        *("X-Azure-FDID", "X-Azure-ClientIP", "X-Azure-SocketIP", "X-Azure-Ref", "X-FD-HealthProbe"),
        *("Referer", "Request-Id", "x-functions-clientid", "X-ARR-ClientCert", "Sec-Fetch-Site", "Proxy-Authorization"),
    ],
)
def test_headers_that_the_handshake_may_not_have(name: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_settings({**MINIMUM, "HANDSHAKE_HEADER": name}, is_region)
    assert refusal.value.detail.startswith("HANDSHAKE_HEADER must not be")


@pytest.mark.parametrize(
    "name",
    [
        *("Message", "X-Handshake", "webhook", "x-msg", "content", "X-Forwarded", "hosts", "x-correlation"),
        *("X-Azure-Handshake", "X-Original-Message", "X-Client-Proof", "X-AppService-Handshake", "X-What", "X-Dry"),
    ],
)
def test_headers_that_it_may_have(name: str) -> None:
    assert read_settings({**MINIMUM, "HANDSHAKE_HEADER": name}, is_region).handshake_header == name


@pytest.mark.parametrize(
    ("text", "believes"), [("true", True), ("True", True), ("", False), ("false", False), ("1", False)]
)
def test_when_the_platforms_headers_are_believed(text: str, believes: bool) -> None:
    assert read_settings({**MINIMUM, "WEBSITE_AUTH_ENABLED": text}, is_region).believes_entra is believes
    assert read_settings(MINIMUM, is_region).believes_entra is False
