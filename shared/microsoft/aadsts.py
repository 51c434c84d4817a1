"""What to do about Entra's sign-in errors, by number (Entra docs, "Microsoft Entra authentication error codes")."""

_ADVICE = {
    50126: "The service account's user name or password is wrong. Write the right ones to Key Vault.",
    50034: "The service account does not exist in this tenant. Check the user name in Key Vault and TENANT_ID.",
    50053: "The service account is locked, or Entra distrusts the address its sign-ins come from. Unlock it and find "
    "out who else signs in with it.",
    50055: "The service account's password has expired. Set a new one that does not expire, and write it to Key Vault.",
    50057: "The service account is disabled. Enable it.",
    50076: "Entra requires multi-factor authentication for the service account, which a password sign-in cannot "
    "provide. Exclude it from that Conditional Access policy (by named location), or use GRAPH_AUTH=managed_identity.",
    50079: "Entra requires the service account to register for multi-factor authentication. Exclude it from that "
    "policy (by named location), or use GRAPH_AUTH=managed_identity.",
    53003: "A Conditional Access policy blocks the service account. Exclude it, or allow the function's outbound "
    "address.",
    65001: "The app's Graph permissions lack consent. An administrator must grant it.",
    7000215: "The client secret in Key Vault is wrong (the secret's value is needed, not its id).",
    7000222: "The client secret has expired. Add a new one to the app registration and write it to Key Vault.",
    700016: "The app registration does not exist in this tenant. Check CLIENT_ID and TENANT_ID.",
    90002: "The tenant does not exist. Check TENANT_ID and AZURE_CLOUD.",
}

# Entra's own troubles, which pass (the same list: 90006 and 90033 "unavailable", 90012 "timed out", 90024 "transient").
# 90041 is "transient" too: github.com/AzureAD/microsoft-authentication-library-for-js/issues/4329.
TRANSIENT = frozenset({90006, 90012, 90024, 90033, 90041})

_OTHER_WAYS = "or use a cloud-only service account, or GRAPH_AUTH=managed_identity."


def federation_advice(status: int, *, sent_password: bool) -> str:
    """The same for the federation service, usually AD FS, of a service account whose domain is federated."""
    if sent_password:
        return (
            f"The federation service (AD FS) of the service account's domain refused the sign-in or failed (status "
            f"{status}). Check the user name and password in Key Vault and the event log of AD FS, {_OTHER_WAYS}"
        )
    return (
        f"The federation service (AD FS) of the service account's domain names no usable endpoint for user names and "
        f"passwords (status {status}). Enable /adfs/services/trust/13/usernamemixed there, {_OTHER_WAYS}"
    )


def advice_for(number: int | None) -> str:
    """A sentence for the caller: what Entra refused and what to do about it."""
    if number is None:
        return (
            "Microsoft Entra refused the sign-in and gave no AADSTS number. Check TENANT_ID, CLIENT_ID and the secrets."
        )
    known = _ADVICE.get(number, "Microsoft's list of authentication error codes explains the number.")
    return f"Microsoft Entra refused the sign-in with AADSTS{number}. {known}"
