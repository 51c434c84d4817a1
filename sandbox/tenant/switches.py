"""How this tenant behaves where Microsoft's services differ, or where nobody outside knows."""

from dataclasses import dataclass


@dataclass
class Switches:
    """How this tenant behaves where Microsoft's services differ, or where nobody outside knows."""

    token_lifetime: int = 3599
    clock_off_s: float = 0.0  # the Date of every answer is so many seconds ahead of the time that it is here
    federated_domains: tuple[str, ...] = ()  # their users sign in at AD FS (adfs.py)
    identity_keeps_tokens: bool = False  # the managed identity hands out a token again until it expires, revoked or not
    demanded_claims: str | None = None  # Graph refuses tokens that were not asked for with these claims
    writes_want_mfa: bool = False  # Graph refuses writes to authentication methods in a user's name, with a challenge
    lockout_threshold: int = 10
    lockout_seconds: float = 60.0
    max_in_values: int = 15  # Guess: the limit of one `in` filter
    page_size: int = 100
    premium_licence: bool = True  # without it nobody can be eligible for a role, and Graph says so with an error
    restricted_refused: str | None = None  # isManagementRestricted is refused: "lists" or "always"
    duplicate_status: int = 400  # POST of a phoneType, or of an e-mail method, that exists
    sms_allowed: bool | None = None  # the SMS sign-in policy for everybody; None: each user's smsSignInAllowed
    sms_auto_registration: bool = True  # where it is allowed, a new mobile number is registered at once
    not_unique_status: int | None = None  # a status in place of success when that registration fails
    enable_not_unique_status: int | None = 409  # the same for enableSmsSignIn; None: 204, and only the state tells
    enable_ignored: bool = False  # enableSmsSignIn answers 204 and does nothing ...
    enable_ignored_by_upn: bool = False  # ... or only when the request names the user by UPN
    last_default_deletable: bool = False  # the default method can go when it is the only one left
    write_lag_reads: int = 0  # that many reads of a user's phones (or other methods) do not see a write yet
    methods_page_size: int | None = None  # that many methods of a user in a page
    methods_null_link: bool = False  # the last page of methods has an @odata.nextLink that is null
    shuffle_batches: bool = True
