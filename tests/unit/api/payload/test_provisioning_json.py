"""payload/provisioning_document.py: plans as JSON."""

import json

import pytest

from shared.api.payload.provisioning import parse_plan
from shared.core.desired import RequestedValue
from shared.core.models import Method, Target
from tests.unit.api.payload.parsing import ANNA, NUMBER
from tests.unit.api.payload.plans import MOBILE, account, as_json, faults


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
    assert faults(twice)[0] == ("/accountRequests/0", "op is given 2 times. It is not clear which one counts.")
    lists = b'"attributeRequests": [], "attributerequests": []'
    twice = b'{"accountRequests": [{"op": "Modify", "nativeIdentity": "a@b", ' + lists + b"}]}"
    assert faults(twice)[0][1].startswith("attributeRequests is given 2 times")
    value = b'[{"name": "mfa_emailAddress", "op": "Remove", "value": "a", "Value": "b"}]'
    plan = b'{"accountRequests": [{"op": "Modify", "nativeIdentity": "a@b", "attributeRequests": ' + value + b"}]}"
    assert faults(plan)[0][1].startswith("value is given 2 times")


def test_a_dry_run_asked_for_in_the_body() -> None:
    assert faults(b'{"dryRun": true, "accountRequests": []}')[0][0] == "/dryRun"


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_body(body: bytes) -> None:
    assert faults(body) == [("", "The body is empty; a provisioning plan (JSON or XML) is expected.")]
