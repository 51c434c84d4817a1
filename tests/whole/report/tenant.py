"""A tenant for the report, built by hand: for each user, what every column has to say."""

from typing import Any

PILOT, EXCLUDED, ADMINS, DESKS = "Voice pilot", "No SMS", "Global administrators", "Voice desks"
LATER, FIRST = "2027-07-01", "2027-02-01"
POLICIES = {
    "sms": {
        "state": "enabled",
        "includeTargets": [{"targetType": "group", "id": "all_users"}],
        "excludeTargets": [{"targetType": "group", "id": "9009d000-0000-4000-8000-00000000009d"}],
    },
    "voice": {
        "state": "enabled",
        "includeTargets": [{"targetType": "group", "id": "9009e000-0000-4000-8000-00000000009e"}],
        "excludeTargets": [],
    },
}
AUTHENTICATOR = {"kind": "microsoftAuthenticator", "id": "a1", "displayName": "Phone"}
PASSKEY = {"kind": "fido2", "id": "f1", "displayName": "Key"}
HELLO = {"kind": "windowsHelloForBusiness", "id": "w1", "displayName": "Laptop"}

GROUPS: list[dict[str, Any]] = [
    {"id": "9009d000-0000-4000-8000-00000000009d", "displayName": EXCLUDED, "members": ["excluded@contoso.com"]},
    # Members of a group in it count, too.
    {"id": "9009e000-0000-4000-8000-00000000009e", "displayName": PILOT, "members": [DESKS, "passkey@contoso.com"]},
    {"id": "9009f000-0000-4000-8000-00000000009f", "displayName": DESKS, "members": ["office@contoso.com"]},
    {
        **{"id": "90090000-0000-4000-8000-000000000090", "displayName": ADMINS, "roleAssignable": True},
        **{"eligibleRoles": ["Global Administrator"], "members": ["grouped@contoso.com"]},
    },
]

NOTHING: dict[str, Any] = {
    **{"desired": {}, "registered": {}, "drift": False, "smsSignIn": False, "methods": [], "phoneOnly": False},
    **{"phishingResistant": False, "smsPolicy": True, "voicePolicy": False, "retiresOn": None, "country": None},
    **{"regionOptIn": None, "extensionOnMobile": False, "sharedNumber": False, "code": None, "message": None},
    "status": "reported",
}
SWEDISH = {"country": "SE", "regionOptIn": True}
AMERICAN = {"country": "US", "regionOptIn": False}

# Name, seed words, and where the row differs from NOTHING.
PEOPLE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("nobody", {}, {}),
    (
        "right",
        {"extensionAttribute15": "+46 70-174 06 85", "phones": {"mobile": "+46 701740685"}, "methods": [AUTHENTICATOR]},
        {
            **{"desired": {"mobile": "+46 *******85"}, "registered": {"mobile": "+46 *******85"}, **SWEDISH},
            **{"methods": ["mobilePhone", "microsoftAuthenticatorPush"], "retiresOn": FIRST},
        },
    ),
    (
        "only",
        {
            "extensionAttribute15": "+46 701740686",
            "phones": {"mobile": {"phoneNumber": "+46 701740687", "smsSignInState": "ready"}},
            **{"smsSignInAllowed": True, "email": "private@example.com"},
        },
        {
            **{"desired": {"mobile": "+46 *******86"}, "registered": {"mobile": "+46 *******87"}, **SWEDISH},
            **{"drift": True, "smsSignIn": True, "methods": ["mobilePhone", "email"], "phoneOnly": True},
            "retiresOn": FIRST,
        },
    ),
    (
        "missing",
        {"extensionAttribute15": "+1 2065550181 x42", "methods": [HELLO]},
        {
            **{"desired": {"mobile": "+1 ********81x**"}, "drift": True, "methods": ["windowsHelloForBusiness"]},
            **{"phishingResistant": True, "extensionOnMobile": True, **AMERICAN},
        },
    ),
    (
        "passkey",
        {"phones": {"mobile": "+1 2065550182", "alternateMobile": "+33 639980001"}, "methods": [PASSKEY]},
        {
            **{"registered": {"mobile": "+1 ********82", "alternateMobile": "+33 *******01"}, **AMERICAN},
            **{"methods": ["mobilePhone", "alternateMobilePhone", "passKeyDeviceBound"], "phishingResistant": True},
            **{"voicePolicy": True, "retiresOn": FIRST},
        },
    ),
    (
        "office",
        {"phones": {"office": "+1 2065550183x7"}},
        {
            **{"registered": {"office": "+1 ********83x*"}, "methods": ["officePhone"], "phoneOnly": True, **AMERICAN},
            **{"voicePolicy": True, "retiresOn": FIRST},
        },
    ),
    (
        "extension",
        {"extensionAttribute15": "+1 2065550184", "phones": {"mobile": "+1 2065550184x9"}},
        {
            **{"desired": {"mobile": "+1 ********84"}, "registered": {"mobile": "+1 ********84x*"}, "drift": True},
            **{
                "methods": ["mobilePhone"],
                "phoneOnly": True,
                "extensionOnMobile": True,
                "retiresOn": FIRST,
                **AMERICAN,
            },
        },
    ),
    (
        "excluded",
        {"phones": {"mobile": "+1 8765550105"}},
        {
            **{"registered": {"mobile": "+1 ********05"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"smsPolicy": False, "country": "JM", "regionOptIn": True},
        },
    ),
    (
        "active",
        {"phones": {"mobile": "+61 491570106"}, "roles": ["Global Administrator"]},
        {
            **{"registered": {"mobile": "+61 *******06"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"retiresOn": LATER, "country": "AU", "regionOptIn": False},
        },
    ),
    (
        "eligible",
        {"phones": {"mobile": "+34 600000107"}, "eligibleRoles": ["Global Administrator"]},
        {
            **{"registered": {"mobile": "+34 *******07"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"retiresOn": LATER, "country": "ES", "regionOptIn": False},
        },
    ),
    (
        "grouped",
        {"phones": {"mobile": "+33 639980108"}},
        {
            **{"registered": {"mobile": "+33 *******08"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"retiresOn": LATER, "country": "FR", "regionOptIn": False},
        },
    ),
    (
        "helpdesk",
        {"phones": {"mobile": "+33 639980109"}, "roles": ["Helpdesk Administrator"]},
        {
            **{"registered": {"mobile": "+33 *******09"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"retiresOn": FIRST, "country": "FR", "regionOptIn": False},
        },
    ),
    (
        "guest_example.com#EXT#",
        {"phones": {"mobile": "+33 639980110"}, "userType": "Guest"},
        {
            **{"registered": {"mobile": "+33 *******10"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"retiresOn": LATER, "country": "FR", "regionOptIn": False},
        },
    ),
    (
        "invited",
        {"phones": {"mobile": "+33 639980111"}, "creationType": "Invitation"},
        {
            **{"registered": {"mobile": "+33 *******11"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"retiresOn": LATER, "country": "FR", "regionOptIn": False},
        },
    ),
    (
        "internal-guest",
        {"phones": {"mobile": "+33 639980112"}, "userType": "Guest"},
        {
            **{"registered": {"mobile": "+33 *******12"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"retiresOn": FIRST, "country": "FR", "regionOptIn": False},
        },
    ),
    (
        "sharer",
        {"extensionAttribute15": "+44 7700900113", "phones": {"mobile": "+44 7700900113"}},
        {
            **{"desired": {"mobile": "+44 ********13"}, "registered": {"mobile": "+44 ********13"}},
            **{"methods": ["mobilePhone"], "phoneOnly": True, "retiresOn": FIRST, "country": "GB"},
            **{"regionOptIn": True, "sharedNumber": True},
        },
    ),
    (
        "other-sharer",
        {"extensionAttribute15": "+44 7700 900113"},
        {"desired": {"mobile": "+44 ********13"}, "drift": True, "country": "GB", "regionOptIn": True}
        | {"sharedNumber": True},
    ),
    (
        "wrong",
        {"extensionAttribute15": "+46 12", "phones": {"mobile": "+33 639980114"}},
        {
            **{"registered": {"mobile": "+33 *******14"}, "methods": ["mobilePhone"], "phoneOnly": True},
            **{"drift": None, "code": "invalidNumber", "retiresOn": FIRST, "country": "FR", "regionOptIn": False},
            "message": "The directory value for mobile cannot be used: it is too short.",
        },
    ),
    (
        # The report still says mobilePhone; Graph has none any more.
        "lagging",
        {"reportedMethods": ["mobilePhone"]},
        {"methods": ["mobilePhone"]},
    ),
    (
        # The report does not know yet what is registered, so Graph is not asked.
        "fresh",
        {"extensionAttribute15": "+33 639980115", "phones": {"mobile": "+33 639980115"}, "reportedMethods": []},
        {"desired": {"mobile": "+33 *******15"}, "drift": True, "country": "FR", "regionOptIn": False},
    ),
]


def upn(name: str) -> str:
    return f"{name}@contoso.onmicrosoft.com" if "#" in name else f"{name}@contoso.com"


def expected() -> dict[str, dict[str, Any]]:
    return {upn(name): {**NOTHING, **row} for name, _, row in PEOPLE}
