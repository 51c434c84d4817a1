"""What the methods that Graph's registration report names are worth (methodsRegistered of userRegistrationDetails).

Microsoft publishes no list of the names. A name that is not known here counts as a second factor that is no phone, and
the report says which it was.
"""

from collections.abc import Iterable

PHONES = frozenset({"mobilePhone", "alternateMobilePhone", "officePhone"})
# Not second factors: they serve password reset or as a first factor, or last only some hours.
_NO_SECOND_FACTOR = frozenset({"email", "securityQuestion", "temporaryAccessPass", "qrCode", "smsSignIn", "password"})
_PHISHING_RESISTANT = frozenset(
    {"windowsHelloForBusiness", "macOsSecureEnclaveKey", "fido2", "fido2SecurityKey", "passKeyDeviceBound"}
    | {"passKeyDeviceBoundAuthenticator", "passKeyDeviceBoundWindowsHello", "passKeySynced"}
)
_OTHERS = frozenset(
    {"microsoftAuthenticatorPush", "microsoftAuthenticatorPasswordless", "softwareOneTimePasscode"}
    | {"hardwareOneTimePasscode", "externalAuthMethod"}
)
_KNOWN = PHONES | _NO_SECOND_FACTOR | _PHISHING_RESISTANT | _OTHERS


def has_phone(methods: Iterable[str]) -> bool:
    return not PHONES.isdisjoint(methods)


def is_phone_only(methods: Iterable[str], *, has_phone: bool) -> bool:
    """Whether every registered method that can be a second factor is a phone. `has_phone`: what Graph says of now."""
    return has_phone and PHONES.issuperset(set(methods) - _NO_SECOND_FACTOR)


def is_phishing_resistant(methods: Iterable[str]) -> bool:
    """Whether one of them is. Passkeys of a kind that is still to come have names that begin like those of today."""
    return any(method in _PHISHING_RESISTANT or method.startswith("passKey") for method in methods)


def unknown(methods: Iterable[str]) -> set[str]:
    return {method for method in methods if method not in _KNOWN and not method.startswith("passKey")}
