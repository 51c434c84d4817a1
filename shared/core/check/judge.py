"""All lines in their order. If a line fails, the lines that depend on it are skipped and name it."""

from datetime import datetime

from shared.core.check import platform
from shared.core.check.callers import CALLERS, add_callers
from shared.core.check.directory import add_directory, directory_lines
from shared.core.check.lines import Finding, Line, Sheet, failure, ok
from shared.core.check.mends import Place
from shared.core.check.permissions import Area, missing, permissions_finding, role_finding
from shared.core.check.policies import RETIREMENT, SMS, VOICE, add_policies
from shared.core.check.secrets import VAULT, add_secrets, sign_in_secrets
from shared.core.check.seen import Seen, SeenMethods, SeenToken, Trouble
from shared.settings import GraphAuth, Settings

VERSION, SETTINGS, SIGN_IN, PERMISSIONS, ROLE = "version", "settings", "signIn", "permissions", "directoryRole"
_AFTER_SETTINGS = (
    *(VAULT, CALLERS, SIGN_IN, PERMISSIONS, "users", "methods", "numbers", "attributes"),
    *(platform.STORAGE, platform.JOBS, platform.CLOCK, SMS, VOICE, RETIREMENT),
)


def judge_settings(fault: str, python: str) -> list[Line]:
    """While settings are wrong, the check cannot look at anything else."""
    sheet = Sheet()
    sheet.add(VERSION, platform.version(python))
    sheet.add(SETTINGS, platform.settings_finding(fault))
    sheet.skip(SETTINGS, *_AFTER_SETTINGS)
    return sheet.lines


def judge(settings: Settings, place: Place, seen: Seen, now: datetime) -> list[Line]:
    sheet = Sheet()
    sheet.add(VERSION, platform.version(seen.python))
    sheet.add(SETTINGS, platform.settings_finding(None))
    add_secrets(sheet, settings, seen.secrets, now)
    add_callers(sheet, settings, seen.secrets)
    _add_sign_in(sheet, settings, seen)
    sheet.add(platform.STORAGE, platform.storage(settings, seen.storage))
    if sheet.has_failed(platform.STORAGE):
        sheet.skip(platform.STORAGE, platform.JOBS)
    else:
        sheet.add(platform.JOBS, platform.jobs(place, seen.jobs))
    if seen.skew_s is None and (sheet.has_failed(VAULT) or sheet.has_failed(SIGN_IN)):
        sheet.skip(VAULT if sheet.has_failed(VAULT) else SIGN_IN, platform.CLOCK)
    else:
        sheet.add(platform.CLOCK, platform.clock(place, seen))
    if seen.directory is None:
        sheet.skip(SIGN_IN, SMS, VOICE, RETIREMENT)
    else:
        token = seen.token if isinstance(seen.token, SeenToken) else None
        add_policies(sheet, settings, token, seen.directory, now)
    return sheet.lines


def _add_sign_in(sheet: Sheet, settings: Settings, seen: Seen) -> None:
    """Sign-in, what its token may do, and what is in the directory."""
    token = seen.token
    cause = _secret_cause(sheet, settings, token)
    if cause is not None:
        sheet.skip(cause, SIGN_IN)
    else:
        sheet.add(SIGN_IN, _sign_in(settings, token))
    is_account = settings.graph_auth is GraphAuth.SERVICE_ACCOUNT
    if not isinstance(token, SeenToken) or seen.directory is None:
        sheet.skip(cause or SIGN_IN, PERMISSIONS, *([ROLE] if is_account else []), *directory_lines(settings))
        return
    lacking = missing(settings, token)
    areas = {need.area for need in lacking}
    sheet.add(PERMISSIONS, permissions_finding(settings, token, lacking))
    cause = PERMISSIONS
    if is_account:
        methods = seen.directory.methods
        some_were_read = isinstance(methods, SeenMethods) and methods.read > 0
        sheet.add(ROLE, role_finding(settings, token, some_were_read=some_were_read))
        if sheet.has_failed(ROLE) and Area.METHODS not in areas:
            areas, cause = areas | {Area.METHODS, Area.ALL_METHODS}, ROLE
    add_directory(sheet, settings, token, seen.directory, areas, cause)


def _secret_cause(sheet: Sheet, settings: Settings, token: SeenToken | Trouble | None) -> str | None:
    """The line above that keeps the webhook from signing in."""
    if not isinstance(token, Trouble) or not token.of_secret:
        return None
    names = [VAULT, *(f"secret {name}" for name in sign_in_secrets(settings))]
    return next((name for name in names if sheet.has_failed(name)), None)


def _sign_in(settings: Settings, token: SeenToken | Trouble | None) -> Finding:
    if isinstance(token, SeenToken):
        whom = "as an app" if token.is_app else "as the service account"
        app = f", client id {token.app_id}" if token.app_id else ""
        return ok(f"Signed in {whom} ({settings.graph_auth}{app}).")
    said = token.said if token else "it was not tried"
    return failure(f"The sign-in to Microsoft Graph fails: {said}", _SIGN_IN_MENDS[settings.graph_auth])


_SIGN_IN_MENDS = {
    GraphAuth.SERVICE_ACCOUNT: "Entra admin center > Monitoring > Sign-in logs > the service account; then check "
    "TENANT_ID, CLIENT_ID and the three secrets of the sign-in",
    GraphAuth.CLIENT_SECRET: "Entra admin center > Monitoring > Sign-in logs > Service principal sign-ins; "
    "then check TENANT_ID, CLIENT_ID and the client secret",
    GraphAuth.MANAGED_IDENTITY: "Azure portal > the function app > Identity: assign the identity of AZURE_CLIENT_ID",
}
