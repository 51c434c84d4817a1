"""What the registered methods are worth."""

import pytest

from shared.core.survey.registered import has_phone, is_phishing_resistant, is_phone_only, unknown

PUSH, PASSKEY = "microsoftAuthenticatorPush", "passKeyDeviceBoundAuthenticator"


@pytest.mark.parametrize(
    ("methods", "is_only"),
    [
        (["mobilePhone"], True),
        (["mobilePhone", "alternateMobilePhone", "officePhone"], True),
        (["mobilePhone", "email", "securityQuestion", "temporaryAccessPass", "smsSignIn", "qrCode"], True),
        (["mobilePhone", PUSH], False),
        (["mobilePhone", "softwareOneTimePasscode"], False),
        (["mobilePhone", "hardwareOneTimePasscode"], False),
        (["mobilePhone", "externalAuthMethod"], False),
        (["mobilePhone", "windowsHelloForBusiness"], False),
        (["mobilePhone", PASSKEY], False),
        # A method that nobody knows yet may well be a second factor.
        (["mobilePhone", "telepathy"], False),
    ],
)
def test_phone_only_counts_second_factors_alone(methods: list[str], is_only: bool) -> None:
    assert is_phone_only(methods, has_phone=True) is is_only


@pytest.mark.parametrize("methods", [[], ["email"], ["mobilePhone"]])
def test_without_a_phone_nobody_is_phone_only(methods: list[str]) -> None:
    """Also where the registration report lags behind and still names one."""
    assert not is_phone_only(methods, has_phone=False)


@pytest.mark.parametrize(
    "method",
    [
        *("fido2", "fido2SecurityKey", "passKeyDeviceBound", "passKeyDeviceBoundWindowsHello", "passKeySynced"),
        *("windowsHelloForBusiness", "macOsSecureEnclaveKey", PASSKEY, "passKeyOfTomorrow"),
    ],
)
def test_methods_that_resist_phishing(method: str) -> None:
    assert is_phishing_resistant(["mobilePhone", method])
    assert unknown([method]) == set()


def test_methods_that_do_not() -> None:
    assert not is_phishing_resistant([PUSH, "microsoftAuthenticatorPasswordless", "mobilePhone", "email", "qrCode"])


def test_phones_and_strangers() -> None:
    assert [has_phone([name]) for name in ("mobilePhone", "alternateMobilePhone", "officePhone", "email", PUSH)] == [
        *(True, True, True, False, False)
    ]
    assert unknown(["mobilePhone", "telepathy", PUSH]) == {"telepathy"}
