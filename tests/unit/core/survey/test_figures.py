"""All users of a report together."""

from typing import Any

import pytest

from shared.core.survey.figures import State, figures, state_of

ROW: dict[str, Any] = {
    **dict.fromkeys(("drift", "smsSignIn", "phoneOnly", "phishingResistant", "smsPolicy", "voicePolicy"), False),
    **dict.fromkeys(("regionOptIn", "extensionOnMobile", "sharedNumber"), False),
    **{"status": "reported", "registered": {}, "methods": [], "retiresOn": None, "country": None},
}
PHONE = {"registered": {"mobile": "+46 ***05"}, "methods": ["mobilePhone"], "country": "SE"}


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ({}, State.NOTHING),
        ({"methods": ["email"]}, State.NO_PHONE),
        ({**PHONE, "phoneOnly": True}, State.PHONE_ONLY),
        ({**PHONE, "methods": ["mobilePhone", "microsoftAuthenticatorPush"]}, State.PHONE_AND_OTHER),
        ({**PHONE, "methods": ["mobilePhone", "fido2"], "phishingResistant": True}, State.PHONE_AND_RESISTANT),
        # The registration report lags behind: what is registered now counts.
        ({"methods": ["mobilePhone", "fido2"], "phishingResistant": True}, State.NO_PHONE),
        ({"registered": None, "methods": ["officePhone", "totp"]}, State.PHONE_AND_OTHER),
        ({"methods": None, "phoneOnly": None}, State.UNKNOWN),
    ],
)
def test_the_state_of_a_user(words: dict[str, Any], state: State) -> None:
    assert state_of({**ROW, **words}) is state


def test_a_figure_is_unknown_where_no_row_tells() -> None:
    unknown = dict.fromkeys(("methods", "phoneOnly", "registered", "smsPolicy"))
    found: Any = figures([{**ROW, **unknown}, {**ROW, **unknown}])
    assert (found["phoneOnly"], found["phone"], found["smsPolicy"], found["drift"]) == (None, None, None, 0)
    found = figures([{**ROW, **unknown}, {**ROW, **PHONE, "phoneOnly": True}])
    assert (found["phoneOnly"], found["phone"], found["smsPolicy"]) == (1, 1, 0)


def test_dates_are_split_by_state_and_countries_by_date() -> None:
    only = {**ROW, **PHONE, "phoneOnly": True}
    british = {**only, "country": "GB", "retiresOn": "2027-07-01"}
    unlisted = {**only, "country": None}
    found: Any = figures([{**only, "retiresOn": "2027-02-01"}, {**only, "phoneOnly": False}, british, unlisted])
    assert (found["retires"]["2027-02-01"]["users"], found["retires"]["2027-02-01"]["phoneOnly"]) == (1, 1)
    assert [(each["country"], each["users"], each["phoneOnly"]) for each in found["countries"]] == [
        *(("SE", 2, 1), ("", 1, 1), ("GB", 1, 1))
    ]
    assert found["countries"][2]["2027-07-01"] == 1
    # True and False are equal to 1 and 0, but no numbers in JSON.
    assert {type(value) for each in found["countries"] for name, value in each.items() if name != "country"} == {int}
    assert (found["users"], found["failed"]) == (4, 0)
