"""report_methods.py: what is registered, as the routes for one user show it."""

from shared.core.address import parse_address
from shared.core.models import METHOD_IDS, Current, Method, OtherMethod, PhoneMethod, SmsState
from shared.core.phone import StoredNumber
from shared.core.report_methods import all_methods, phone_body, phone_method_body, phone_methods

MOBILE = PhoneMethod(Method.MOBILE, StoredNumber("+46 701740605"), SmsState.READY)
OFFICE = PhoneMethod(Method.OFFICE, StoredNumber("+1 2065550118x7"))
REGISTERED = Current(
    (MOBILE, OFFICE),
    parse_address("anna.private@fabrikam.com"),
    (
        OtherMethod(Method.MICROSOFT_AUTHENTICATOR, "6803c096-8d45-4b8a-8d50-0e0a3d2f9d00", "Anna's phone"),
        OtherMethod(Method.FIDO2, "-2_GRUg2-HYz6_1YG4YRAQ2"),
    ),
)


def test_phones_with_graphs_names_and_ids_and_masked_numbers() -> None:
    assert phone_methods(REGISTERED, full=False) == [
        {
            "id": "3179e48a-750b-4051-897c-87b9720928f7",
            "phoneType": "mobile",
            "phoneNumber": "+46 *******05",
            "smsSignInState": "ready",
        },
        {
            "id": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
            "phoneType": "office",
            "phoneNumber": "+1 ********18x*",
            "smsSignInState": None,
        },
    ]


def test_in_full_only_if_asked_for() -> None:
    assert [body["phoneNumber"] for body in phone_methods(REGISTERED, full=True)] == [
        "+46 701740605",
        "+1 2065550118x7",
    ]
    assert phone_body(MOBILE, full=True)["phoneNumber"] == "+46 701740605"
    assert phone_body(MOBILE, full=False)["phoneNumber"] == "+46 *******05"


def test_a_number_that_graph_masked_itself_stays_masked() -> None:
    hidden = PhoneMethod(Method.MOBILE, StoredNumber("+46 XXXXXXX05"))
    assert phone_body(hidden, full=False)["phoneNumber"] == "+46 XXXXXXX05"
    assert phone_body(hidden, full=True)["phoneNumber"] == "+46 XXXXXXX05"


def test_a_text_that_is_no_number_shows_two_digits_at_most() -> None:
    odd = PhoneMethod(Method.MOBILE, StoredNumber("call 0701740605 or 0701740606"))
    shown = str(phone_body(odd, full=False)["phoneNumber"])
    assert sum(character.isdigit() for character in shown) <= 2


def test_all_methods_each_with_its_kind_and_the_id_by_which_it_is_removed() -> None:
    found = all_methods(REGISTERED, full=False)
    assert [(body["method"], body["id"]) for body in found] == [
        ("mobile", METHOD_IDS[Method.MOBILE]),
        ("office", METHOD_IDS[Method.OFFICE]),
        ("email", "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"),
        ("microsoftAuthenticator", "6803c096-8d45-4b8a-8d50-0e0a3d2f9d00"),
        ("fido2", "-2_GRUg2-HYz6_1YG4YRAQ2"),
    ]
    assert [body.get("displayName", "none") for body in found] == ["none", "none", "none", "Anna's phone", None]
    assert found[2]["emailAddress"] == "a***@fabrikam.com"
    assert found[0] == {"method": "mobile", **phone_body(MOBILE, full=False)}


def test_all_methods_in_full() -> None:
    found = all_methods(REGISTERED, full=True)
    assert (found[0]["phoneNumber"], found[2]["emailAddress"]) == ("+46 701740605", "anna.private@fabrikam.com")


def test_nothing_registered() -> None:
    assert phone_methods(Current(), full=True) == all_methods(Current(), full=True) == []


def test_a_method_that_could_not_be_read_again() -> None:
    assert phone_method_body(Method.ALTERNATE_MOBILE, None, None) == {
        "id": METHOD_IDS[Method.ALTERNATE_MOBILE],
        "phoneType": "alternateMobile",
        "phoneNumber": None,
        "smsSignInState": None,
    }
