"""aadsts.py: for every number a sentence that says what to do."""

import pytest

from shared.microsoft.aadsts import advice_for


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (50126, "wrong"),
        (50034, "does not exist"),
        (50053, "locked"),
        (50055, "expired"),
        (50057, "disabled"),
        (50076, "multi-factor"),
        (50079, "multi-factor"),
        (53003, "Conditional Access"),
        (65001, "consent"),
        (7000215, "client secret"),
        (7000222, "expired"),
        (700016, "CLIENT_ID"),
        (90002, "TENANT_ID"),
    ],
)
def test_each_known_number_has_its_advice(number: int, words: str) -> None:
    advice = advice_for(number)
    assert advice.startswith(f"Microsoft Entra refused the sign-in with AADSTS{number}. ")
    assert words in advice


def test_an_unknown_number_is_still_told() -> None:
    assert "AADSTS12345. Microsoft's list" in advice_for(12345)


def test_no_number_at_all() -> None:
    assert "gave no AADSTS number" in advice_for(None)
