"""What the webhook's token for Graph may do, against what the settings need."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from shared.core.check import mends
from shared.core.check.lines import Finding, failure, ok, warning
from shared.core.check.seen import SeenToken
from shared.core.grants import READ_GROUPS, READ_ROLES, READER, READER_ID, lacks_reader
from shared.core.survey.tenant import GLOBAL_ADMINISTRATOR
from shared.settings import GraphAuth, Settings


class Area(StrEnum):
    """What is read or written with a permission."""

    USERS = "users"
    METHODS = "methods"
    ALL_METHODS = "allMethods"
    GROUPS = "groups"
    ROLES = "roles"


@dataclass(frozen=True, slots=True)
class Need:
    """One of `enough` has to be in the token where `applies`; the first is the one to grant. `why` completes "for"."""

    area: Area
    enough: tuple[str, ...]
    why: str
    applies: Callable[[Settings], bool]


_BROAD = "UserAuthenticationMethod.ReadWrite.All"


def needs_all_methods(settings: Settings) -> bool:
    """The list of all methods of a user is read: where an e-mail address is looked after, or callers name values."""
    return "email" in settings.attributes or settings.allow_explicit_values


def reads_groups(settings: Settings) -> bool:
    return bool(settings.protected_group_id or settings.allowed_group_id) or settings.protect_administrators


def _writes(settings: Settings) -> bool:
    return not settings.read_only


# Names and what suffices: Microsoft Graph's permission tables, as published for each path.
NEEDS = (
    Need(
        Area.USERS,
        ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
        "reading users",
        lambda _: True,
    ),
    Need(
        Area.METHODS,
        (
            *("UserAuthMethod-Phone.ReadWrite.All", _BROAD),
            *("UserAuthMethod-Phone.Read.All", "UserAuthenticationMethod.Read.All"),
        ),
        "reading phone methods",
        lambda settings: settings.read_only,
    ),
    Need(Area.METHODS, ("UserAuthMethod-Phone.ReadWrite.All", _BROAD), "writing phone methods", _writes),
    Need(
        Area.ALL_METHODS,
        (_BROAD, "UserAuthenticationMethod.Read.All"),
        "the list of all methods, which e-mail methods (EMAIL_ATTRIBUTE) and explicit values (ALLOW_EXPLICIT_VALUES) "
        "need; a permission for phones alone is too narrow",
        needs_all_methods,
    ),
    Need(
        Area.ALL_METHODS,
        (_BROAD, "UserAuthMethod-Email.ReadWrite.All"),
        "writing e-mail methods",
        lambda settings: _writes(settings) and needs_all_methods(settings),
    ),
    Need(Area.GROUPS, READ_GROUPS, "reading the members of groups", reads_groups),
    Need(
        Area.ROLES,
        READ_ROLES,
        "reading who is an administrator",
        lambda settings: settings.protect_administrators,
    ),
)

# Microsoft Learn, "Microsoft Entra built-in roles": template ids.
_REACH_ALL = {
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    GLOBAL_ADMINISTRATOR: "Global Administrator",
}
_REACH_SOME = {"c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator"}
_READ_ONLY = {READER_ID: READER}


def missing(settings: Settings, token: SeenToken) -> tuple[Need, ...]:
    return tuple(need for need in NEEDS if need.applies(settings) and token.permissions.isdisjoint(need.enough))


def lacks_something(settings: Settings, token: SeenToken) -> bool:
    """Whether a new token may help: this one may be older than a grant."""
    lacks_role = not (token.is_app or _role(settings, token)) or (
        settings.protect_administrators and lacks_reader(token)
    )
    return lacks_role or bool(missing(settings, token))


def permissions_finding(settings: Settings, token: SeenToken, lacking: tuple[Need, ...]) -> Finding:
    kind = "application" if token.is_app else "delegated"
    held = ", ".join(sorted(token.permissions)) or "none"
    if not lacking:
        return ok(f"The token has the {kind} permissions that the settings need. It has: {held}.")
    names = list(dict.fromkeys(need.enough[0] for need in lacking))
    # One broad permission for several needs is granted once.
    names = [_BROAD] if _BROAD in names and all(_BROAD in need.enough for need in lacking) else names
    reasons = "; ".join(f"{need.enough[0]} for {need.why}" for need in lacking)
    return failure(f"The token lacks {reasons}. It has: {held}.", _grant(settings, kind, names))


def _grant(settings: Settings, kind: str, names: list[str]) -> str:
    wanted = ", ".join(names)
    if settings.graph_auth is GraphAuth.MANAGED_IDENTITY:
        sh, ps1 = (" --all-methods", " -AllMethods") if _BROAD in names else ("", "")
        return (
            f"Grant {wanted} to the app's managed identity: infra/grant.sh{sh}, or infra/grant.ps1{ps1}. "
            "Azure may keep handing out the old token for up to 24 hours"
        )
    return (
        f"Grant {wanted}: Entra admin center > App registrations > {settings.client_id} > API permissions > Add a "
        f"permission > Microsoft Graph ({kind}), then Grant admin consent"
    )


def role_finding(settings: Settings, token: SeenToken, *, some_were_read: bool) -> Finding:
    """The directory role of the service account."""
    role = _role(settings, token)
    if role is not None:
        return ok(f"The service account is {role}.")
    wanted = "Privileged Authentication Administrator"
    mend = mends.assign_role(wanted)
    if some_were_read:
        text = "The service account has no tenant-wide role for authentication methods, but reaches some users."
        return warning(f"{text} Its role is probably limited to an administrative unit.", mend)
    return failure("The service account has no directory role that may read and write authentication methods.", mend)


def _role(settings: Settings, token: SeenToken) -> str | None:
    names = _REACH_ALL | _REACH_SOME | (_READ_ONLY if settings.read_only else {})
    return next((name for role, name in names.items() if role in token.directory_roles), None)
