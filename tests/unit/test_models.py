"""models.py: what data may be built, which status a code has, and that no repr tells a number."""

import pytest

from shared.models import Action, Change, Code, PhoneType, ServiceAccount, User, UserStatus
from shared.phone import StoredNumber
from tests.unit.people import number

BEFORE, AFTER = StoredNumber("+46 701740605"), number("+46 701740606")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("unchanged", "unchanged"),
        ("maskedMatch", "unchanged"),
        ("added", "changed"),
        ("updated", "changed"),
        ("removed", "changed"),
        ("planned", "planned"),
        ("sourceEmpty", "skipped"),
        ("serviceAccount", "skipped"),
        ("duplicateUser", "skipped"),
        ("protectedUser", "skipped"),
        ("alternateExists", "skipped"),
        ("userNotFound", "failed"),
        ("invalidNumber", "failed"),
        ("forbidden", "failed"),
        ("defaultMethod", "failed"),
        ("throttled", "failed"),
        ("graphUnavailable", "failed"),
        ("graphError", "failed"),
        ("deadline", "failed"),
    ],
)
def test_each_code_has_its_status(code: str, status: str) -> None:
    assert Code(code).user_status == UserStatus(status)


def test_no_code_is_missing_above() -> None:
    assert len(Code) == 19


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
def test_an_action_needs_its_numbers(action: Action, before: object, after: object) -> None:
    with pytest.raises(ValueError, match="does not go with") as fault:
        Change(action, PhoneType.MOBILE, before, after)  # type: ignore[arg-type]
    assert "7017" not in str(fault.value)


@pytest.mark.parametrize(("before", "after"), [(None, None), (BEFORE, None), (BEFORE, AFTER)])
def test_keep_goes_with_anything_and_is_no_write(before: object, after: object) -> None:
    assert not Change(Action.KEEP, PhoneType.MOBILE, before, after).is_write  # type: ignore[arg-type]


def test_the_other_actions_are_writes() -> None:
    assert Change(Action.ADD, PhoneType.MOBILE, None, AFTER).is_write
    assert Change(Action.UPDATE, PhoneType.MOBILE, BEFORE, AFTER).is_write
    assert Change(Action.REMOVE, PhoneType.MOBILE, BEFORE, None).is_write


def test_the_service_account_is_known_by_its_object_id() -> None:
    account = ServiceAccount("id-1", "svc@contoso.com")
    assert account.is_user(User("id-1", "renamed@contoso.com"))
    assert not account.is_user(User("id-2", "svc@contoso.com"))


def test_without_an_object_id_it_is_known_by_its_name_in_any_case() -> None:
    account = ServiceAccount(None, "Svc@Contoso.com")
    assert account.is_user(User("id-1", "svc@contoso.com"))
    assert not account.is_user(User("id-1", "anna@contoso.com"))
