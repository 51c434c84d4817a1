"""What the reads beyond users and their methods need: a Graph permission, and for a service account a directory role.

Pure. The token is only asked what a refusal may mean: it decides nothing.
"""

from shared.core.check.seen import SeenToken

# What suffices, the one to grant first: Microsoft Graph's permission tables, as published for each path.
READ_GROUPS = (
    *("GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"),
    *("Directory.Read.All", "Directory.ReadWrite.All"),
)
READ_ROLES = ("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All")
READ_REGISTRATIONS = ("AuditLog.Read.All",)
READ_POLICY = ("Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All")

# Graph docs: in delegated calls "the signed-in user must be assigned a supported Microsoft Entra role", say the pages
# "List unifiedRoleAssignments", "List roleEligibilityScheduleInstances", "List userRegistrationDetails" and "Get
# smsAuthenticationMethodConfiguration". Global Reader is the only role that all of them name, and it writes nothing.
READER = "Global Reader"
# Its template id (Microsoft Learn, "Microsoft Entra built-in roles").
READER_ID = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
_ASSIGN = f"ssign the directory role {READER} to the service account"


def lacks_reader(token: SeenToken) -> bool:
    """The token speaks for a service account that does not hold the role tenant-wide."""
    return not token.is_app and READER_ID not in token.directory_roles


def lacks_only_reader(token: SeenToken, *needs: tuple[str, ...]) -> bool:
    """All permissions are there: a refusal (403) is about the role."""
    return lacks_reader(token) and not any(token.permissions.isdisjoint(enough) for enough in needs)


def way_out(token: SeenToken | None, *needs: tuple[str, ...]) -> str:
    """What to do about a refusal. `token`: None where it is not known, or does not matter."""
    if token is not None and lacks_only_reader(token, *needs):
        return f"A{_ASSIGN}."
    names = " and ".join(enough[0] for enough in needs)
    role = f", and a{_ASSIGN}" if token is not None and lacks_reader(token) else ""
    return f"Grant the app the permission{'s' if len(needs) > 1 else ''} {names}{role}."
