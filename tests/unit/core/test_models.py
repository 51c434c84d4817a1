"""models.py: what data may be built, which status a code has, and who the service account is."""

import pytest

from shared.core.codes import Code, UserStatus
from shared.core.models import (
    METHOD_IDS,
    PHONES,
    Action,
    Change,
    Current,
    Method,
    OtherMethod,
    ServiceAccount,
    SmsState,
    Stop,
    User,
    fold,
)
from shared.core.phone import StoredNumber
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, address, method, number

BEFORE, AFTER = StoredNumber("+46 701740605"), number("+46 701740606")

STATUSES = {
    "unchanged": ["unchanged", "maskedMatch"],
    "changed": ["added", "updated", "removed", "enabled", "disabled", "changed"],
    "planned": ["planned"],
    "pending": ["pending"],
    "skipped": [
        *("sourceEmpty", "officeSynced", "serviceAccount", "duplicateUser", "protectedUser", "alternateExists"),
        *("noMobile", "valueMismatch", "notAttempted", "outOfScope", "differs", "planChanged"),
    ],
    "failed": [
        *("userNotFound", "invalidNumber", "invalidAddress", "methodExists", "methodNotFound", "phoneNumberNotUnique"),
        *("smsSignInNotAllowed", "smsSignInNotChanged", "forbidden", "defaultMethod", "throttled"),
        *("graphUnavailable", "graphError", "deadline", "partial", "notReady", "mfaRequired", "numberShared"),
    ],
}


@pytest.mark.parametrize(("status", "code"), [(status, code) for status, codes in STATUSES.items() for code in codes])
def test_each_code_has_its_status(status: str, code: str) -> None:
    assert Code(code).user_status == UserStatus(status)


def test_no_code_is_missing_above() -> None:
    assert {code.value for code in Code} == {code for codes in STATUSES.values() for code in codes}


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (Action.ADD, None, None),
        (Action.ADD, BEFORE, AFTER),
        (Action.UPDATE, None, AFTER),
        (Action.UPDATE, BEFORE, None),
        (Action.REMOVE, None, None),
        (Action.REMOVE, BEFORE, AFTER),
    ],
)
def test_an_action_needs_its_values(action: Action, before: object, after: object) -> None:
    with pytest.raises(ValueError, match="does not go with") as fault:
        Change(action, MOBILE, before, after)  # type: ignore[arg-type]
    assert "7017" not in str(fault.value)


def test_a_method_that_can_only_be_removed_has_an_id_and_no_values() -> None:
    assert Change(Action.REMOVE, Method.FIDO2, id="key-1").is_write
    with pytest.raises(ValueError, match="does not go with"):
        Change(Action.REMOVE, Method.FIDO2, BEFORE, id="key-1")


@pytest.mark.parametrize(
    "write",
    [
        (Action.ADD, MOBILE, None, AFTER),
        (Action.UPDATE, MOBILE, BEFORE, AFTER),
        (Action.REMOVE, MOBILE, BEFORE, None),
        (Action.ADD, Method.EMAIL, None, address("anna@example.com")),
        (Action.ENABLE, Method.SMS_SIGN_IN, None, SmsState.READY),
        (Action.DISABLE, Method.SMS_SIGN_IN, SmsState.READY, SmsState.NOT_ENABLED),
    ],
)
def test_what_is_stopped_is_not_written(write: tuple[Action, Method, None, None]) -> None:
    assert Change(*write).is_write
    with pytest.raises(ValueError, match="stopped"):
        Change(*write, stop=Stop(Code.NO_MOBILE, "No."))


@pytest.mark.parametrize(("before", "after"), [(None, None), (BEFORE, None), (BEFORE, AFTER)])
def test_keep_goes_with_anything_and_is_no_write(before: object, after: object) -> None:
    assert not Change(Action.KEEP, MOBILE, before, after).is_write  # type: ignore[arg-type]


def test_changes_of_one_kind_of_method_are_told_apart_by_their_ids() -> None:
    one, other = (Change(Action.REMOVE, Method.FIDO2, id=f"key-{index}") for index in (1, 2))
    assert one.key != other.key
    assert Change(Action.KEEP, MOBILE).key == Change(Action.ADD, MOBILE, None, AFTER).key


def test_a_phone_is_found_by_its_type() -> None:
    current = Current((method("+46 701740606", ALTERNATE), method("+46 701740605")))
    assert current.phone(MOBILE) == method("+46 701740605")
    assert current.phone(OFFICE) is None


def test_the_service_account_is_known_by_its_object_id() -> None:
    account = ServiceAccount("id-1", "svc@contoso.com")
    assert account.is_user(User("id-1", "renamed@contoso.com", {}))
    assert not account.is_user(User("id-2", "svc@contoso.com", {}))


def test_without_an_object_id_it_is_known_by_its_name_in_any_case() -> None:
    account = ServiceAccount(None, "Svc@Contoso.com")
    assert account.is_user(User("id-1", "svc@contoso.com", {}))
    assert not account.is_user(User("id-1", "anna@contoso.com", {}))


def test_only_ascii_letters_are_folded() -> None:
    assert fold("SVC\u212a@Contoso.com") == "svc\u212a@contoso.com"


def test_the_repr_of_a_user_tells_nothing_but_the_id() -> None:
    assert f"{User('id-1', 'anna@contoso.com', {MOBILE: '+46 701740605'})!r}" == "User(id-1)"


def test_phones_and_email_have_fixed_ids_and_no_other_method_has() -> None:
    assert set(METHOD_IDS) == {*PHONES, Method.EMAIL}
    assert len(set(METHOD_IDS.values())) == 4
    assert OtherMethod(Method.FIDO2, "key-1").id not in METHOD_IDS.values()
