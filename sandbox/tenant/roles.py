"""Who may do what in Graph: permissions of the token, directory roles of the signed-in user, roles of the target."""

from __future__ import annotations

from .directory import User
from .exchange import Refused
from .kinds import ALL_AREAS, AREAS
from .tenant import Tenant
from .tokens import Principal

# Template ids of the page "Microsoft Entra built-in roles", for the wids claim.
ROLE_TEMPLATES = {
    "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "Privileged Authentication Administrator": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
}

READ_USERS = frozenset({"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"})
# "List unifiedRoleAssignments".
READ_ROLES = frozenset(
    {"RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All"}
    | {"Directory.Read.All", "Directory.ReadWrite.All"}
)
# "List roleEligibilityScheduleInstances".
READ_ELIGIBLE_ROLES = frozenset(
    {"RoleEligibilitySchedule.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"}
    | {"RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All"}
)
# "List userRegistrationDetails".
READ_REPORTS = frozenset({"AuditLog.Read.All"})
# "Get smsAuthenticationMethodConfiguration".
READ_METHODS_POLICY = frozenset(
    {"Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"}
)
READ_GROUPS = frozenset(
    {"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"}
    | {"Directory.Read.All", "Directory.ReadWrite.All"}
)

# What some pages say of delegated calls: "the signed-in user must be assigned a supported Microsoft Entra role". They
# name the least privileged ones; a Global Administrator has the rights of all. Custom roles are not simulated.
_ALWAYS = frozenset({"Global Administrator"})
# "List unifiedRoleAssignments".
ROLE_READERS = _ALWAYS | {"Directory Readers", "Global Reader", "Privileged Role Administrator"}
# "List roleEligibilityScheduleInstances".
ELIGIBLE_ROLE_READERS = _ALWAYS | {
    *("Global Reader", "Security Operator", "Security Reader", "Security Administrator"),
    "Privileged Role Administrator",
}
# "List userRegistrationDetails".
REPORT_READERS = _ALWAYS | {"Reports Reader", "Security Reader", "Security Administrator", "Global Reader"}
# "Get smsAuthenticationMethodConfiguration", "Get voiceAuthenticationMethodConfiguration".
METHODS_POLICY_READERS = _ALWAYS | {"Global Reader", "Authentication Policy Administrator"}


def _method_permissions(area: str, *, as_app: bool, write: bool) -> frozenset[str]:
    """The permission tables of the pages of one kind of method. "List methods" has the broad family only: no
    permission is called UserAuthMethod- and nothing more.

    Permissions without .All count for delegated tokens only.
    """
    families = ("UserAuthenticationMethod", f"UserAuthMethod-{area}")
    verbs = ("ReadWrite",) if write else ("Read", "ReadWrite")
    ends = (".All",) if as_app else (".All", "")
    return frozenset(f"{family}.{verb}{end}" for family in families for verb in verbs for end in ends)


_METHOD_PERMISSIONS = {
    (area, as_app, write): _method_permissions(area, as_app=as_app, write=write)
    for area in (ALL_AREAS, *AREAS)
    for as_app in (True, False)
    for write in (True, False)
}

ALL_TARGETS = frozenset({"Privileged Authentication Administrator", "Global Administrator"})
# Whom an Authentication Administrator may act on: the table "Who can reset passwords" of the page "Privileged roles
# and permissions". Guess: it holds for authentication methods too, and for reading as for writing.
HARMLESS_ROLES = frozenset(
    {"Authentication Administrator", "Directory Readers", "Guest Inviter", "Message Center Reader"}
    | {"Password Administrator", "Reports Reader", "User Experience Success Manager", "Usage Summary Reports Reader"}
)


def check_directory(principal: Principal, needed: frozenset[str]) -> None:
    if principal.permissions.isdisjoint(needed):
        raise Refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def check_reader(tenant: Tenant, principal: Principal, needed: frozenset[str], readers: frozenset[str]) -> None:
    """As check_directory; and a delegated caller needs one of the directory roles `readers` at this moment.

    Guess: such a refusal has the same code and text.
    """
    check_directory(principal, needed)
    caller = None if principal.is_app else tenant.find_user(principal.object_id)
    if not principal.is_app and (caller is None or caller.roles.isdisjoint(readers)):
        raise Refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def check_methods(tenant: Tenant, principal: Principal, target: User, area: str, *, write: bool) -> bool:
    """Refuse the call, or say whether the caller sees whole numbers (True) or masked ones (False).

    `area` is one of kinds.AREAS, or kinds.ALL_AREAS. The directory roles reach all kinds alike: the pages of all kinds
    name the same ones. They are those of this moment, the permissions are those of the token.
    """
    if target.forbidden:
        raise _denied()
    if principal.permissions.isdisjoint(_METHOD_PERMISSIONS[area, principal.is_app, write]):
        raise _denied()
    if principal.is_app:
        # From experience: app-only access needs no directory role, reaches everybody and is never masked.
        return True
    caller = tenant.find_user(principal.object_id)
    roles = caller.roles if caller else set()
    if not roles.isdisjoint(ALL_TARGETS):
        return True
    if "Authentication Administrator" in roles and not is_privileged(tenant, target):
        return False
    if "Global Reader" in roles and not write:
        return True  # Guess: only the Authentication Administrator is said to see masked numbers
    raise _denied()


def is_privileged(tenant: Tenant, user: User) -> bool:
    """True for a target that is out of reach for an Authentication Administrator."""
    in_role_group = any(
        group.role_assignable and user.id in (*group.members, *group.owners) for group in tenant.groups.values()
    )
    return in_role_group or not user.roles <= HARMLESS_ROLES


def _denied() -> Refused:
    return Refused(403, "accessDenied", "Request Authorization failed")
