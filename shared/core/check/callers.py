"""Whether the app would accept anybody, and named callers that it would refuse although each secret is valid."""

from collections.abc import Iterator, Mapping

from shared.core.check import mends
from shared.core.check.lines import Finding, Sheet, failure, ok
from shared.core.check.secrets import VAULT, Use, wanted_secrets
from shared.core.check.seen import SeenSecret
from shared.settings import Settings
from shared.settings.callers import Require

CALLERS = "callers"
_AUTHENTICATION = f"{mends.setting('AUTH_CLIENT_ID <application id>')} (docs/deploy.md)"


def add_callers(sheet: Sheet, settings: Settings, seen: Mapping[str, SeenSecret]) -> None:
    """Twins of handshakes count even where nobody has a name: the two of them must differ."""
    needs_names = settings.require is not Require.HANDSHAKE
    if not settings.callers and not settings.allow_explicit_values and not needs_names:
        return
    found = [*_by_settings(settings), *_twins(settings, seen)]
    broken = [line for line in _secret_lines(settings) if sheet.has_failed(line)]
    if found:
        sheet.add(CALLERS, failure(" ".join(text for text, _ in found), found[0][1]))
    elif sheet.has_failed(VAULT):
        sheet.skip(VAULT, CALLERS)
    elif broken:
        sheet.skip(broken[0], CALLERS)
    else:
        sheet.add(CALLERS, _all_are_accepted(len(settings.callers)))


def _all_are_accepted(callers: int) -> Finding:
    who = (
        "there are no named callers" if not callers else f"{callers} named caller{'s' if callers > 1 else ''} can call"
    )
    return ok(f"No two secrets are the same; {who}.")


def _secret_lines(settings: Settings) -> list[str]:
    return [f"secret {caller.secret_name}" for caller in settings.callers if caller.secret_name is not None]


def _by_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.callers and settings.require is not Require.HANDSHAKE:
        text = f"Nobody can call: REQUIRE={settings.require} switches the handshakes off, and CALLERS names nobody."
        yield text, f"Add a caller to CALLERS (docs/callers.md), or {mends.setting('REQUIRE handshake')}"
    for caller in settings.callers:
        if caller.entra_object_id is not None and not settings.believes_entra:
            yield f"{caller.name} cannot call: App Service Authentication is off.", _AUTHENTICATION
        if caller.secret_name is not None and settings.require is Require.ENTRA:
            mend = f"Give {caller.name} an entraObjectId in CALLERS (docs/callers.md)"
            yield f"{caller.name} cannot call: with REQUIRE=entra its secret is not enough.", mend


def _twins(settings: Settings, seen: Mapping[str, SeenSecret]) -> Iterator[tuple[str, str]]:
    """The webhook does not read a handshake that is switched off, so nobody but the check finds a caller who has it."""
    shown: set[str] = set()
    off = {wanted.name for wanted in wanted_secrets(settings) if wanted.use is Use.OFF}
    callers = {caller.secret_name for caller in settings.callers}
    for name, secret in seen.items():
        if name in shown | off:
            continue
        if secret.twins - off:
            same = sorted({name, *secret.twins} - off)
            shown |= set(same)
            mend = mends.replace_secret(same[-1])
            yield f"{' and '.join(same)} hold the same value. The webhook refuses callers that send it.", mend
        elif secret.twins and name in callers:
            old = " and ".join(sorted(secret.twins))
            text = f"{name} holds the value of {old}, which is switched off: whoever knows the old value can use it."
            yield text, mends.replace_secret(name)
