"""payload/provisioning*.py: attributes that cannot be meant."""

import pytest

from shared.errors import MAX_FAULTS
from tests.unit.api.payload.parsing import ANNA, NUMBER, OTHER
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
    faults,
    request,
    requested,
)


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
    assert detail.startswith(("Unknown name. Known names: mfa_phoneNumber_mobile, ", "Unknown name. Did you mean mfa_"))


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
        assert "given twice with different values" in detail


def test_one_value_in_two_spellings_is_given_once() -> None:
    for op in ("Add", "Remove"):
        found = requested(request(MOBILE, op, NUMBER), request(MOBILE, op, NUMBER.replace(" ", "")))
        assert found == requested(request(MOBILE, op, NUMBER))
    emails = (request("mfa_emailAddress", "Set", text) for text in ("Anna@example.com", "anna@example.com"))
    assert requested(*emails) == requested(request("mfa_emailAddress", "Set", "Anna@example.com"))


def test_not_every_spelling_of_a_value_is_read() -> None:
    many = [request(MOBILE, "Set", NUMBER[:-spaces] + " " * spaces + NUMBER[-spaces:]) for spaces in range(1, 9)]
    many += [request(MOBILE, "Set", f"{NUMBER[:4]}{'-' * hyphens}{NUMBER[4:]}") for hyphens in range(1, 20)]
    found = faults(as_json(account(*many)))
    assert 0 < len(found) < len(many)


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


@pytest.mark.parametrize("name", [MOBILE, "mfa_emailAddress"])
def test_null_does_not_remove_whatever_is_registered(name: str) -> None:
    ((pointer, detail),) = faults(as_json(account(request(name, "Remove", None))))
    assert pointer == "/accountRequests/0/attributeRequests/0/value"
    assert detail.endswith("leave value out.")


def test_a_list_without_elements_in_xml_removes_nothing_either() -> None:
    assert fault(request(AUTHENTICATOR, "Remove", []))[1].startswith("The list is empty.")


@BOTH
@pytest.mark.parametrize("key", ["vlaue", "values", "opp", "id", "oldValue"])
def test_a_misspelt_key_does_not_make_a_remove_of_everything(write: Writer, key: str) -> None:
    found = faults(write(account({**request(AUTHENTICATOR, "Remove"), key: PHONE})))
    assert [pointer for pointer, _ in found] == ["/accountRequests/0/attributeRequests/0"]
    assert ("Did you mean" in found[0][1]) != ("meant to be value?" in found[0][1])


@BOTH
def test_a_misspelt_key_of_an_account(write: Writer) -> None:
    found = faults(write({**account(user=None), "nativeIdentiy": ANNA}))
    assert "Did you mean nativeIdentity?" in found[0][1]


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
