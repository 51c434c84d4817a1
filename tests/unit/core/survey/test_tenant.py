"""Who loses SMS and voice, and when."""

import pytest

from shared.core.survey.tenant import Audience, Tenant, retires_on

ANNA, BJORN = "a", "b"
ALL, NOBODY, ONLY_ANNA = Audience(everybody=True), Audience(), Audience(frozenset({ANNA}))
FIRST, LATER = "2027-02-01", "2027-07-01"


def test_an_audience_is_these_or_everybody_but_these() -> None:
    assert (ANNA in ONLY_ANNA, BJORN in ONLY_ANNA) == (True, False)
    but_anna = Audience(frozenset({ANNA}), everybody=True)
    assert (ANNA in but_anna, BJORN in but_anna) == (False, True)


@pytest.mark.parametrize(
    ("tenant", "is_external", "expected"),
    [
        (Tenant(ALL, NOBODY, NOBODY), False, FIRST),
        (Tenant(NOBODY, ALL, NOBODY), False, FIRST),
        (Tenant(NOBODY, NOBODY, NOBODY), False, None),
        (Tenant(ALL, NOBODY, ONLY_ANNA), False, LATER),
        (Tenant(ALL, NOBODY, NOBODY), True, LATER),
        # What is not known is not guessed.
        (Tenant(None, None, NOBODY), False, None),
        (Tenant(None, ALL, NOBODY), False, FIRST),
        (Tenant(ALL, NOBODY, None), False, None),
        (Tenant(ALL, NOBODY, None), True, LATER),
        (Tenant(NOBODY, NOBODY, None), True, None),
    ],
)
def test_the_date_of_a_user_who_has_a_phone(tenant: Tenant, is_external: bool, expected: str | None) -> None:
    assert retires_on(ANNA, tenant, is_external=is_external) == expected
