"""The version, the settings, storage, jobs and the clock."""

from shared import VERSION
from shared.core.check import mends
from shared.core.check.lines import Finding, failure, ok, warning
from shared.core.check.mends import Place
from shared.core.check.seen import Seen, Trouble
from shared.settings import Settings

STORAGE, JOBS, CLOCK = "storage", "jobs", "clock"
# At this difference, signed calls (api/signature) and tokens are refused.
TOO_FAR_S, FAR_S = 300, 60


def version(python: str) -> Finding:
    return ok(f"{VERSION}, on Python {python}.")


def settings_finding(fault: str | None) -> Finding:
    if fault is None:
        return ok("All settings are valid.")
    return failure(f"{fault}.", f"{mends.setting('<NAME> <value>')}, for each setting named (docs/settings.md)")


def storage(settings: Settings, seen: Trouble | None) -> Finding:
    if not settings.storage.is_configured:
        return failure(
            "AzureWebJobsStorage is not set: jobs, daily limits, signed calls and the audit trail need it.",
            "Set AzureWebJobsStorage__blobServiceUri and its siblings, as in infra/modules/function-app.bicep",
        )
    if seen is None:
        return ok("The storage account answers, and the app has access.")
    if seen.status == 403:
        return failure(f"The storage account refuses the app ({seen.said}).", mends.allow_storage(settings))
    if seen.status in (400, 404):
        return failure(
            f"The storage account does not know what the app asks for ({seen.said}).",
            "Check the address in AzureWebJobsStorage; start Azurite with --skipApiVersionCheck",
        )
    return failure(
        f"The storage account does not answer ({seen.said}).",
        "Azure portal > Storage accounts > Networking: let the function app in; check AzureWebJobsStorage",
    )


def jobs(place: Place, seen: Trouble | None) -> Finding:
    if seen is None:
        return ok("Durable Functions answers.")
    return failure(f"Durable Functions does not answer ({seen.said}).", mends.restart(place))


def clock(place: Place, seen: Seen) -> Finding:
    skew_s = seen.skew_s
    if skew_s is None:
        return failure("No service sent its time.", "Fix the lines above that do not answer")
    if abs(skew_s) < FAR_S:
        return ok("The clock is less than a minute off Microsoft's.")
    text = f"The clock is {abs(skew_s):.0f} s {'behind' if skew_s > 0 else 'ahead of'} Microsoft's."
    if abs(skew_s) < TOO_FAR_S:
        return warning(text, mends.restart(place))
    return failure(f"{text} Signed calls and tokens are refused.", mends.restart(place))
