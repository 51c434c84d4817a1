"""Users, methods, groups and administrators: can the webhook read what it needs, and does it find anything?"""

from collections.abc import Collection

from shared.core.check import mends
from shared.core.check.lines import Finding, Sheet, failure, ok, warning
from shared.core.check.permissions import Area, reads_groups
from shared.core.check.seen import SeenDirectory, SeenList, SeenMethods, SeenToken, Trouble
from shared.core.grants import READ_GROUPS, READ_ROLES, READER, lacks_only_reader
from shared.settings import Settings
from shared.settings.table import ATTRIBUTE_SETTINGS

USERS, METHODS, NUMBERS, ATTRIBUTES = "users", "methods", "numbers", "attributes"
RESTRICTED, PROTECTED, ALLOWED, ADMINISTRATORS = (
    *("restrictedUnits", "protectedGroup", "allowedGroup"),
    "administrators",
)
_AGAIN = "Check again. If it persists, look at the Microsoft 365 service health"


def directory_lines(settings: Settings) -> list[str]:
    """Their names, in case the check could read nothing."""
    names = [USERS, METHODS, NUMBERS, ATTRIBUTES]
    names += [RESTRICTED] if settings.protect_administrators else []
    names += [PROTECTED] if settings.protected_group_id else []
    names += [ALLOWED] if settings.allowed_group_id else []
    return names + ([ADMINISTRATORS] if reads_groups(settings) and settings.protect_administrators else [])


def add_directory(
    sheet: Sheet, settings: Settings, token: SeenToken, seen: SeenDirectory, lacking: Collection[Area], cause: str
) -> None:
    """`lacking`: what the token may not do, according to the line `cause`."""
    _add_users(sheet, settings, token, seen, lacking, cause)
    if settings.protect_administrators:
        _add(sheet, RESTRICTED, _restricted(seen.restricted), Area.USERS in lacking, cause)
    if settings.protected_group_id:
        found = _group("PROTECTED_GROUP_ID", seen.protected_group)
        _add(sheet, PROTECTED, found, Area.GROUPS in lacking, cause)
    if settings.allowed_group_id:
        _add(sheet, ALLOWED, _group("ALLOWED_GROUP_ID", seen.allowed_group), Area.GROUPS in lacking, cause)
    if settings.protect_administrators:
        is_blocked = bool({Area.GROUPS, Area.ROLES} & set(lacking))
        _add(sheet, ADMINISTRATORS, _administrators(token, seen.administrators), is_blocked, cause)


def _add_users(
    sheet: Sheet, settings: Settings, token: SeenToken, seen: SeenDirectory, lacking: Collection[Area], cause: str
) -> None:
    _add(sheet, USERS, _users(seen.users), Area.USERS in lacking, cause)
    if Area.USERS in lacking or sheet.has_failed(USERS):
        sheet.skip(cause if Area.USERS in lacking else USERS, METHODS, NUMBERS, ATTRIBUTES)
        return
    all_methods = None if Area.ALL_METHODS in lacking else seen.all_methods
    _add(sheet, METHODS, _methods(seen.methods, all_methods), Area.METHODS in lacking, cause)
    if Area.METHODS in lacking or sheet.has_failed(METHODS):
        sheet.skip(cause if Area.METHODS in lacking else METHODS, NUMBERS)
    else:
        sheet.add(NUMBERS, _numbers(token, seen.methods))
    sheet.add(ATTRIBUTES, _attributes(settings, seen))


def _add(sheet: Sheet, name: str, finding: Finding, is_blocked: bool, cause: str) -> None:
    if is_blocked:
        sheet.skip(cause, name)
    else:
        sheet.add(name, finding)


def _users(seen: int | Trouble) -> Finding:
    if isinstance(seen, Trouble):
        return failure(f"Users cannot be read ({seen.said}).", _AGAIN)
    if seen == 0:
        return failure("The directory shows no user.", "Check TENANT_ID: is it the right tenant?")
    return ok("Users can be read.")


def _methods(seen: SeenMethods | Trouble | None, all_methods: Trouble | None) -> Finding:
    if isinstance(seen, Trouble) or seen is None:
        return failure(f"Authentication methods cannot be read ({seen.said if seen else 'not asked'}).", _AGAIN)
    if seen.read == 0:
        mend = "Entra admin center > Roles and administrators: check the roles of the account that the webhook uses"
        return failure(f"Graph refused to show the authentication methods of {seen.refused} users ({seen.said}).", mend)
    if all_methods is not None:
        return failure(f"The list of all methods of a user cannot be read ({all_methods.said}).", _AGAIN)
    return ok("Authentication methods can be read.")


def _numbers(token: SeenToken, seen: SeenMethods | Trouble | None) -> Finding:
    if isinstance(seen, SeenMethods) and seen.masked:
        return warning(
            "Graph masks the numbers, as it does for an Authentication Administrator. The webhook can then compare "
            "only their visible digits (ON_MASKED).",
            "Use GRAPH_AUTH=managed_identity, or make the service account Privileged Authentication Administrator",
        )
    if isinstance(seen, SeenMethods) and seen.numbers:
        return ok("Graph shows whole numbers.")
    kind = "an app gets whole numbers" if token.is_app else "the first users have none"
    return ok(f"The check saw no number: {kind}.")


def _attributes(settings: Settings, seen: SeenDirectory) -> Finding:
    if wrong := _with_settings(settings, seen.unknown):
        text = f"No user has such an attribute: {', '.join(wrong)}."
        return failure(text, _spelling(wrong))
    if unheld := _with_settings(settings, seen.unheld):
        question = "Is it spelled exactly as in the directory, including capitals?"
        return warning(f"Nobody has a value in {', '.join(unheld)}. {question}", _spelling(unheld))
    names = dict.fromkeys(settings.attributes.values())
    held = [name for name in names if name not in seen.untold]
    told = [f"Users have values in {', '.join(held)}."] if held else []
    if seen.untold:
        told.append(f"Graph does not say whether anybody has a value in {', '.join(seen.untold)}.")
    return ok(" ".join(told))


def _with_settings(settings: Settings, names: Collection[str]) -> list[str]:
    found = settings.attributes.items()
    return [f"{ATTRIBUTE_SETTINGS[method]}={name}" for method, name in found if name in names]


def _spelling(wrong: list[str]) -> str:
    return mends.setting(f"{wrong[0].partition('=')[0]} <attribute>")


def _restricted(seen: Trouble | None) -> Finding:
    if seen is None:
        return ok("Graph says who is in a restricted management administrative unit.")
    return warning(
        f"Graph does not say who is in a restricted management administrative unit ({seen.said}), so the webhook does "
        "not protect these users.",
        mends.setting("PROTECTED_GROUP_ID <object id of a group that contains these users>"),
    )


def _group(setting: str, seen: SeenList | Trouble | None) -> Finding:
    if isinstance(seen, Trouble) or seen is None:
        said = seen.said if seen else "not asked"
        mend = mends.setting(f"{setting} <object id>") if seen and seen.status in (400, 404) else _AGAIN
        return failure(f"The group of {setting} cannot be read ({said}).", mend)
    if seen.users == 0 and not seen.has_more:
        what = "it protects nobody" if setting == "PROTECTED_GROUP_ID" else "the webhook changes nobody"
        mend = f"Entra admin center > Groups > the group of {setting} > Members: add users"
        return failure(f"The group of {setting} has no users: {what}.", mend)
    users = f"{seen.users} user{'s' if seen.users > 1 else ''}"
    return ok(f"The group of {setting} has {'at least ' if seen.has_more else ''}{users}.")


def _administrators(token: SeenToken, seen: SeenList | Trouble | None) -> Finding:
    if isinstance(seen, Trouble) or seen is None:
        said = seen.said if seen else "not asked"
        is_role = seen is not None and seen.status == 403 and lacks_only_reader(token, READ_ROLES, READ_GROUPS)
        mend = mends.assign_role(READER) if is_role else _AGAIN
        return failure(f"The webhook cannot read who is an administrator ({said}).", mend)
    if seen.users == 0:
        text = "Graph shows no role assignment, although every tenant has a Global Administrator."
        return failure(text, "Check TENANT_ID: is it the right tenant?")
    return ok("The webhook can read who is an administrator.")
