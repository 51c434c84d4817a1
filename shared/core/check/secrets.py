"""Which Key Vault secrets the settings need, and what is wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.core.check import mends
from shared.core.check.lines import Finding, Sheet, failure, ok, skipped, warning
from shared.core.check.seen import SecretState, SeenSecret
from shared.settings import GraphAuth, Settings
from shared.settings.callers import Require

SOON = timedelta(days=30)
VAULT = "vault"
AUDIT_KEY = "audit-key"
# Characters of a secret that a caller sends or signs with, and of the app's own key.
SHORTEST = 16


PREVIOUS = "-previous"
_GONE = (SecretState.MISSING, SecretState.DISABLED)


class Use(StrEnum):
    DOOR = "door"  # a caller sends it
    SIGNING = "signing"  # a caller signs with it
    PREVIOUS = "previous"  # of one of these, after a rotation
    SIGN_IN = "signIn"  # the webhook signs in with it
    KEY = "key"  # the app's own key, which need not be there
    OFF = "off"  # a handshake that the settings switch off: only whether a caller has the same


@dataclass(frozen=True, slots=True)
class Wanted:
    name: str
    use: Use

    @property
    def line(self) -> str:
        return f"secret {self.name}"

    @property
    def may_be_missing(self) -> bool:
        return self.use in (Use.PREVIOUS, Use.KEY, Use.OFF)


def wanted_secrets(settings: Settings) -> tuple[Wanted, ...]:
    are_on = settings.require is Require.HANDSHAKE
    handshakes = {
        settings.handshake_secret_name: are_on,
        settings.explicit_secret_name: are_on and settings.allow_explicit_values,
    }
    doors = [Wanted(name, Use.DOOR) for name, is_on in handshakes.items() if is_on]
    off = (Wanted(name, Use.OFF) for name, is_on in handshakes.items() if not is_on)
    for caller in settings.callers:
        if caller.secret_name is not None:
            doors.append(Wanted(caller.secret_name, Use.SIGNING if caller.signed else Use.DOOR))
    previous = (Wanted(f"{door.name}{PREVIOUS}", Use.PREVIOUS) for door in doors)
    sign_in = (Wanted(name, Use.SIGN_IN) for name in sign_in_secrets(settings))
    return (*doors, *previous, *sign_in, Wanted(AUDIT_KEY, Use.KEY), *off)


def sign_in_secrets(settings: Settings) -> tuple[str, ...]:
    match settings.graph_auth:
        case GraphAuth.SERVICE_ACCOUNT:
            return settings.username_secret_name, settings.password_secret_name, settings.client_secret_name
        case GraphAuth.CLIENT_SECRET:
            return (settings.client_secret_name,)
        case GraphAuth.MANAGED_IDENTITY:
            return ()


def add_secrets(sheet: Sheet, settings: Settings, seen: Mapping[str, SeenSecret], now: datetime) -> None:
    """The line of the vault, and one for each secret that must exist or does."""
    sheet.add(VAULT, _vault(settings, list(seen.values())))
    for wanted in wanted_secrets(settings):
        found = seen.get(wanted.name)
        if wanted.use is Use.OFF:
            continue
        if found is None or sheet.has_failed(VAULT):
            if not wanted.may_be_missing:
                sheet.skip(VAULT, wanted.line)
        elif found.state is not SecretState.MISSING or not wanted.may_be_missing:
            current = seen.get(wanted.name.removesuffix(PREVIOUS)) if wanted.use is Use.PREVIOUS else None
            sheet.add(wanted.line, _secret(settings, wanted, found, current, now))


def _vault(settings: Settings, seen: list[SeenSecret]) -> Finding:
    name = mends.vault_name(settings)
    if any(secret.state not in (SecretState.REFUSED, SecretState.UNKNOWN) for secret in seen):
        return ok(f"The vault {name} answers, and the app may read it.")
    said = seen[0].said if seen else "nothing was asked"
    if not seen or seen[0].state is SecretState.UNKNOWN:
        return failure(
            f"The vault {name} does not answer ({said}).",
            f"Check KEY_VAULT_URL, the app's identity (AZURE_CLIENT_ID) and the network: {mends.open_vault(settings)}",
        )
    is_network = any(word in said for word in ("Firewall", "Connection"))
    mend = mends.open_vault(settings) if is_network else mends.allow_vault(settings)
    return failure(f"The vault {name} refuses the app ({said}).", mend)


def _secret(settings: Settings, wanted: Wanted, seen: SeenSecret, current: SeenSecret | None, now: datetime) -> Finding:
    """`current`: of a previous one, the secret that has taken its place."""
    match seen.state:
        case SecretState.MISSING:
            return failure("It does not exist.", mends.make_secret(wanted.name))
        case SecretState.DISABLED if wanted.use is Use.PREVIOUS:
            return ok("It is disabled; the webhook refuses it.")
        case SecretState.DISABLED:
            return failure("It is disabled.", mends.enable_secret(settings, wanted.name))
        case SecretState.REFUSED:
            return failure(f"The vault refuses to show it ({seen.said}).", mends.allow_vault(settings))
        case SecretState.UNKNOWN:
            return skipped(f"The vault did not answer for this secret ({seen.said}).", "Ask again.")
    fault = _value_fault(settings, wanted, seen)
    if fault is None and wanted.use is Use.PREVIOUS:
        return _previous(settings, wanted, seen.expires_on, current, now)
    return fault or _age(wanted, seen.expires_on, now)


def _value_fault(settings: Settings, wanted: Wanted, seen: SeenSecret) -> Finding | None:
    is_previous, is_door = wanted.use is Use.PREVIOUS, wanted.use in (Use.DOOR, Use.SIGNING)
    new = mends.replace_secret(wanted.name) if is_door else _rotated(wanted)
    if is_previous:
        new = mends.disable_secret(settings, wanted.name)
    if seen.is_empty:
        return failure("It is empty.", new)
    if seen.is_padded:
        # `echo` and files end with a line feed, and some files begin with a byte order mark, that nobody sees in the
        # portal. The callers have the value without it.
        mend = mends.trim_secret(settings, wanted.name) if is_door else new
        unseen = "white space, a line feed or an invisible character"
        return failure(f"It begins or ends with {unseen}. `echo` and files often add one.", mend)
    if (is_door or is_previous) and seen.fault is not None:
        return failure(f"The webhook cannot use it: {seen.fault}.", new)
    if wanted.use is Use.KEY and seen.is_short:
        return failure(f"The webhook does not use it: it has fewer than {SHORTEST} characters.", new)
    if wanted.use is Use.SIGNING and not seen.is_signing_key:
        return failure("It is not a signing key: whsec_ must be followed by base64 of 24 to 64 bytes.", new)
    return None


def _rotated(wanted: Wanted) -> str:
    rotate = mends.rotate_secret(wanted.name)
    return f"When no job runs: {rotate}" if wanted.use is Use.KEY else rotate


def _age(wanted: Wanted, expires: datetime | None, now: datetime) -> Finding:
    if expires is None:
        return ok("It exists, is enabled and has no expiry date.")
    if expires <= now:
        # The vault hands it out all the same. If Entra ID refuses the value, the line signIn fails.
        does = "accepts" if wanted.use in (Use.DOOR, Use.SIGNING) else "uses"
        return warning(f"It expired on {expires:%Y-%m-%d}. The webhook still {does} it. Rotate it.", _rotated(wanted))
    if expires <= now + SOON:
        return warning(f"It expires on {expires:%Y-%m-%d}.", _rotated(wanted))
    return ok(f"It exists, is enabled and expires on {expires:%Y-%m-%d}.")


def _previous(
    settings: Settings, wanted: Wanted, expires: datetime | None, current: SeenSecret | None, now: datetime
) -> Finding:
    disable = mends.disable_secret(settings, wanted.name)
    if current is not None and (current.state in _GONE or current.fault is not None):
        name = wanted.name.removesuffix(PREVIOUS)
        return warning(f"It still exists. The webhook refuses it as long as it cannot use {name}.", disable)
    if expires is None:
        return warning("It still exists, but the webhook refuses it, because it has no expiry date.", disable)
    if expires <= now:
        return warning(f"It still exists, but the webhook has refused it since {expires:%Y-%m-%d}.", disable)
    text = f"Callers can still use it, until {expires:%Y-%m-%d}."
    return warning(text, f"When the log shows that no caller uses it any more: {disable}")
