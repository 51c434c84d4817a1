"""The kinds of authentication methods: their ids, their names in Graph and in the words of a seed. Tables, no rules."""

from __future__ import annotations

from dataclasses import dataclass

# The page "phoneAuthenticationMethod resource type".
METHOD_IDS = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
PHONE_TYPES = {method_id: phone_type for phone_type, method_id in METHOD_IDS.items()}
# The page "phoneAuthenticationMethod resource type", smsSignInState.
SMS_STATES = frozenset(
    {"notSupported", "notAllowedByPolicy", "notEnabled", "phoneNumberNotUnique", "ready", "notConfigured"}
)
EMAIL_ID = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"  # the page "Update emailAuthenticationMethod"
PASSWORD_ID = "28c10230-6103-485e-b985-444c60001490"  # from experience: the same for every user

PHONES = "phoneMethods"
EMAILS = "emailMethods"


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is the word of a seed, `area` the middle of the permission UserAuthMethod-{area}.ReadWrite.All."""

    name: str
    area: str

    @property
    def collection(self) -> str:
        """The segment behind /authentication/."""
        return f"{self.name}Methods"

    @property
    def odata_type(self) -> str:
        return f"#microsoft.graph.{self.name}AuthenticationMethod"


# What v1.0 can only list, read and delete. The metadata says of all but the last: not insertable, not updatable. The
# sandbox issues no temporary access pass. Each area is from the page "Delete {name}AuthenticationMethod".
DELETE_ONLY = {
    kind.name: kind
    for kind in (
        Kind("microsoftAuthenticator", "MicrosoftAuthApp"),
        Kind("softwareOath", "SoftwareOATH"),
        Kind("fido2", "Passkey"),
        Kind("windowsHelloForBusiness", "WindowsHello"),
        Kind("platformCredential", "PlatformCred"),
        Kind("temporaryAccessPass", "TAP"),
    )
}
COLLECTIONS = {kind.collection: kind for kind in DELETE_ONLY.values()}

ALL_AREAS = ""  # the list of all methods: no permission of a single kind reaches it
AREAS = ("Phone", "Email", *(kind.area for kind in DELETE_ONLY.values()))
