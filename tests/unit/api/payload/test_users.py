"""api/payload/users.py: raw bytes to the users they name, or every reason why not."""

import json

import pytest

from shared.api.payload.users import parse_users
from shared.core.models import Target
from shared.errors import MAX_FAULTS
from tests.support import UNUSUAL_UPNS
from tests.unit.api.payload.parsing import ANNA, BJORN, ID, faults_of, raw


def parsed(document: object) -> tuple[Target, ...]:
    return parse_users(json.dumps(document).encode()).targets


def faults(body: object) -> list[tuple[str, str]]:
    return faults_of(parse_users, raw(body))


def pointers(body: object) -> list[str]:
    return [pointer for pointer, _ in faults(body)]


# What real callers send


def test_the_runbooks_own_body_an_array_of_objects() -> None:
    body = b'[\r\n    {\r\n        "UserPrincipalName":  "anna.andersson@contoso.com"\r\n    }\r\n]'
    assert parse_users(body).targets == (Target(upn=ANNA),)


@pytest.mark.parametrize("name", ["UserPrincipalName", "userPrincipalName", "USERPRINCIPALNAME", "userprincipalname"])
def test_the_name_of_the_property_in_any_case(name: str) -> None:
    assert parsed([{name: ANNA}]) == (Target(upn=ANNA),)


@pytest.mark.parametrize(
    "document",
    [
        {"UserPrincipalName": ANNA},
        [ANNA],
        ANNA,
        {"value": [{"UserPrincipalName": ANNA}], "Count": 1},
        {"Value": {"UserPrincipalName": ANNA}},
        {"users": [{"UserPrincipalName": ANNA}]},
        {"USERS": [ANNA]},
        {"users": ANNA},
        {"userPrincipalName": ANNA, "value": [BJORN]},
    ],
    ids=[
        "one bare object",
        "strings",
        "one bare string",
        "value and Count",
        "Value with a bare object",
        "users",
        "USERS with strings",
        "users with a bare string",
        "wrapper rule: an object with a UPN key is one user",
    ],
)
def test_the_list_is_found_however_it_is_wrapped(document: object) -> None:
    assert parsed(document) == (Target(upn=ANNA),)


def test_wrapper_rule_an_object_with_an_id_key_is_one_user() -> None:
    assert parsed({"id": ID, "value": [ANNA]}) == (Target(id=ID),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_with_or_without_a_byte_order_mark(encoding: str) -> None:
    assert parse_users('["\u00e5sa.\u00f6berg@contoso.com"]'.encode(encoding)).targets == (
        Target(upn="\u00e5sa.\u00f6berg@contoso.com"),
    )


def test_latin_1_as_windows_powershell_sends_it() -> None:
    assert parse_users('["\u00e5sa.\u00f6berg@contoso.com"]'.encode("latin-1")).targets == (
        Target(upn="\u00e5sa.\u00f6berg@contoso.com"),
    )


def test_extra_properties_are_allowed() -> None:
    assert parsed([{"employee": {"no": 7}, "UserPrincipalName": ANNA, "groups": [1, None]}]) == (Target(upn=ANNA),)


@pytest.mark.parametrize("upn", [*UNUSUAL_UPNS, "a@b", "a" * 244 + "@contoso.com"])
def test_unusual_user_principal_names_work(upn: str) -> None:
    assert parsed([upn]) == (Target(upn=upn),)


def test_names_are_trimmed() -> None:
    assert parsed([f"  {ANNA}\r\n", {"id": f" {ID} "}]) == (Target(upn=ANNA), Target(id=ID))


def test_an_id_is_used_in_small_letters() -> None:
    assert parsed([{"Id": ID.upper()}]) == (Target(id=ID),)


# Decided cases


def test_both_upn_and_id_the_upn_counts() -> None:
    assert parsed([{"id": "E-4711", "UserPrincipalName": ANNA}]) == (Target(upn=ANNA),)
    assert parsed([{"id": ID, "UserPrincipalName": ANNA}]) == (Target(upn=ANNA),)
    assert parsed([{"id": 4711, "Id": None, "UserPrincipalName": ANNA}]) == (Target(upn=ANNA),)


def test_id_alone_must_be_a_guid() -> None:
    ((pointer, detail),) = faults([{"id": "E-4711"}])
    assert pointer == "/0/id"
    assert "GUID" in detail


def test_null_upn_with_id_the_id_counts() -> None:
    assert parsed([{"UserPrincipalName": None, "id": ID}]) == (Target(id=ID),)


def test_null_upn_without_id_is_a_fault() -> None:
    assert pointers([{"UserPrincipalName": None}]) == ["/0/UserPrincipalName"]


def test_two_spellings_of_the_upn_key_in_one_object_are_a_fault() -> None:
    ((pointer, detail),) = faults([ANNA, {"UserPrincipalName": ANNA, "userPrincipalName": BJORN}])
    assert pointer == "/1"
    assert detail.startswith("userPrincipalName is given 2 times")


def test_the_same_key_twice_is_a_fault_too() -> None:
    assert pointers(b'{"UserPrincipalName": "a@contoso.com", "UserPrincipalName": "b@contoso.com"}') == [""]


@pytest.mark.parametrize("beside", [{}, {"UserPrincipalName": None}])
def test_two_spellings_of_id_without_a_upn_are_a_fault(beside: dict[str, None]) -> None:
    ((pointer, detail),) = faults([{"id": ID, "ID": ID, **beside}])
    assert pointer == "/0"
    assert detail.startswith("id is given 2 times")


def test_duplicates_in_any_case_are_one_user_spelt_as_the_first() -> None:
    users = parse_users(
        json.dumps([ANNA, ANNA.upper(), {"upn": ANNA.title(), "UserPrincipalName": ANNA}, BJORN]).encode()
    )
    assert users.targets == (Target(upn=ANNA), Target(upn=BJORN))
    assert users.entries == 4
    assert parsed([ANNA, ANNA.upper()]) == (Target(upn=ANNA),)


def test_duplicate_ids_in_any_case_are_one_user() -> None:
    assert parsed([{"id": ID}, {"id": ID.upper()}]) == (Target(id=ID),)


def test_once_by_name_and_once_by_id_are_two_targets_here() -> None:
    assert parsed([ANNA, {"id": ID}]) == (Target(upn=ANNA), Target(id=ID))


def test_lone_surrogates_are_refused() -> None:
    assert pointers(b'["a\\ud800@contoso.com"]') == ["/0"]
    assert pointers(b'["a@contoso\\udfff.com"]') == ["/0"]


def test_a_surrogate_pair_is_a_character() -> None:
    assert parse_users(b'["a\\ud83d\\ude00@contoso.com"]').targets == (Target(upn="a\U0001f600@contoso.com"),)


# Faults


@pytest.mark.parametrize(
    "upn",
    [
        "",
        " ",
        "anna",
        "@contoso.com",
        "anna@",
        "a@b@c",
        "a/b@contoso.com",
        "a\\b@contoso.com",
        "a?b@contoso.com",
        "a\nb@contoso.com",
        "a\x00b@contoso.com",
        "a\x7f@contoso.com",
        "a\x9f@contoso.com",
        "a@contoso.com/../groups",
        "a" * 245 + "@contoso.com",
    ],
)
def test_what_is_no_user_principal_name_is_refused(upn: str) -> None:
    ((pointer, detail),) = faults([{"UserPrincipalName": upn}])
    assert pointer == "/0/UserPrincipalName"
    assert detail.startswith("This must be a userPrincipalName")


@pytest.mark.parametrize("value", [7, 1.5, True, [], [ANNA], {}, {"x": ANNA}])
def test_a_name_that_is_no_string(value: object) -> None:
    assert faults([{"UserPrincipalName": value}]) == [("/0/UserPrincipalName", "This must be a string.")]


@pytest.mark.parametrize("entry", [7, None, True, [], [ANNA], {}, {"name": ANNA}])
def test_an_entry_that_names_no_user(entry: object) -> None:
    ((pointer, detail),) = faults([ANNA, entry])
    assert pointer == "/1"
    assert detail.startswith("This names no user")


@pytest.mark.parametrize("document", [{}, {"name": ANNA}, {"Values": [ANNA]}])
def test_an_object_without_any_list(document: object) -> None:
    ((pointer, detail),) = faults(document)
    assert pointer == ""
    assert detail.startswith("The object names no user")
    assert detail.endswith("users, group, scope.")


@pytest.mark.parametrize(
    ("document", "pointer"), [([], ""), ({"value": []}, "/value"), ({"Users": [], "Count": 0}, "/Users")]
)
def test_an_empty_list(document: object, pointer: str) -> None:
    assert faults(document) == [(pointer, "The list is empty. Nothing was done.")]


@pytest.mark.parametrize("body", [b"", b"   \r\n", b"\xef\xbb\xbf"])
def test_an_empty_body(body: bytes) -> None:
    assert faults(body) == [("", "The body is empty; a JSON list of users is expected.")]


@pytest.mark.parametrize("body", [b"[", b"{", b"UserPrincipalName=a%40contoso.com", b"[]x", b"\xff\xfe[\x00]"])
def test_what_is_not_json_is_told_with_its_place(body: bytes) -> None:
    ((pointer, detail),) = faults(body)
    assert pointer == ""
    assert detail.startswith("The body is not JSON: ")
    assert "line 1, column" in detail
    assert "contoso" not in detail


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"value":' * 100_000, b"[" * 5000 + b"]" * 5000])
def test_a_depth_bomb_is_a_fault_and_no_crash(body: bytes) -> None:
    ((_, detail),) = faults(body)
    # How deep JSON may be nested depends on the version of Python.
    assert detail.startswith(("The body is nested too deeply.", "This names no user"))


@pytest.mark.parametrize("body", [b"[" + b"9" * 100_000 + b"]", b"[NaN]", b"[-Infinity]"])
def test_numbers_that_json_does_not_have_or_that_are_too_long(body: bytes) -> None:
    ((_, detail),) = faults(body)
    assert detail.startswith("The body has a number")


def test_pointers_are_those_of_the_callers_own_document() -> None:
    document = {"Count": 3, "Value": [{"USERPRINCIPALNAME": 1}, {"Id": "x"}, {}, ANNA]}
    assert pointers(document) == ["/Value/0/USERPRINCIPALNAME", "/Value/1/Id", "/Value/2"]


def test_the_pointer_of_a_bare_entry_is_that_of_the_document() -> None:
    assert pointers({"UserPrincipalName": 1}) == ["/UserPrincipalName"]
    assert pointers("anna") == [""]
    assert pointers({"value": "anna"}) == ["/value"]


def test_every_fault_is_found_at_once() -> None:
    assert pointers([{"UserPrincipalName": 1}, {"id": ID, "Id": ID}, "x", ANNA]) == [
        "/0/UserPrincipalName",
        "/1",
        "/2",
    ]


@pytest.mark.parametrize("entry", ['"x"', '{"id": 1, "Id": 2}'])
def test_no_more_faults_are_collected_than_show_that_there_are_more(entry: str) -> None:
    body = ("[" + ",".join([entry] * (MAX_FAULTS * 3)) + "]").encode()
    assert len(pointers(body)) == MAX_FAULTS + 1


def test_no_fault_repeats_what_was_sent() -> None:
    for _, detail in faults([{"UserPrincipalName": "+46 701740605"}, {"id": "+46 701740605"}, {"+46 701740605": 1}]):
        assert "701740605" not in detail


def test_two_wrappers_of_one_name_are_not_silently_reduced_to_one() -> None:
    assert pointers(b'{"value": ["a@contoso.com"], "Value": ["b@contoso.com"]}') == [""]


def test_a_dry_run_asked_for_in_the_body_is_refused_and_not_overlooked() -> None:
    assert pointers({"dryRun": True, "users": [ANNA]}) == ["/dryRun"]
    assert pointers({"DRYRUN": True, "UserPrincipalName": ANNA}) == ["/DRYRUN"]


@pytest.mark.parametrize("count", [2, 500])
@pytest.mark.parametrize(("name", "value"), [("group", ID), ("Scope", "everyone")])
def test_a_list_and_whom_the_job_lists_do_not_go_together(count: int, name: str, value: str) -> None:
    """However long the list is."""
    users = [f"user{number}@contoso.com" for number in range(count)]
    assert pointers({"users": users, name: value}) in (["/users"], [f"/{name}"])


def test_properties_of_one_user_mean_nobody_else() -> None:
    assert parsed({"UPN": ANNA, "group": ID, "notes": "x" * 5000}) == (Target(upn=ANNA),)
