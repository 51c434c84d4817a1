"""Named callers that cannot get in, although each secret by itself is valid."""

from collections.abc import Iterator, Mapping

from shared.core.check import mends
from shared.core.check.lines import Finding, Sheet, failure, ok
from shared.core.check.secrets import VAULT
from shared.core.check.seen import SeenSecret
from shared.settings import Settings
from shared.settings.callers import Require

CALLERS = "callers"
_AUTHENTICATION = "azd env set AUTH_CLIENT_ID <application id>, then azd provision (docs/deploy.md)"


def add_callers(sheet: Sheet, settings: Settings, seen: Mapping[str, SeenSecret]) -> None:
    """Twins of handshakes count even where nobody has a name: the two of them must differ."""
    if not settings.callers and not settings.allow_explicit_values:
        return
    found = [*_by_settings(settings), *_twins(seen)]
    if found:
        sheet.add(CALLERS, failure(" ".join(text for text, _ in found), found[0][1]))
    elif sheet.has_failed(VAULT):
        sheet.skip(VAULT, CALLERS)
    else:
        sheet.add(CALLERS, _nobody(settings))


def _nobody(settings: Settings) -> Finding:
    return ok(f"No two secrets are the same; {len(settings.callers)} named callers can get in.")


def _by_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    for caller in settings.callers:
        if caller.entra_object_id is not None and not settings.believes_entra:
            yield f"{caller.name} cannot get in: App Service Authentication is off.", _AUTHENTICATION
        if caller.secret_name is not None and settings.require is Require.ENTRA:
            mend = f"Give {caller.name} an entraObjectId in CALLERS (docs/callers.md)"
            yield f"{caller.name} cannot get in: with REQUIRE=entra its secret is not enough.", mend


def _twins(seen: Mapping[str, SeenSecret]) -> Iterator[tuple[str, str]]:
    shown: set[str] = set()
    for name, secret in seen.items():
        if secret.twins and name not in shown:
            same = sorted({name, *secret.twins})
            shown |= set(same)
            mend = mends.replace_secret(same[-1])
            yield f"{' and '.join(same)} hold the same value. The webhook refuses callers that send it.", mend
