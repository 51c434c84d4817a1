"""Who calls, how that was proved, and what the caller may do.

Three proofs, and the first of them whose headers are there decides: a signed call (signature.py), a token of Entra ID
that App Service Authentication has checked, a handshake (handshake.py). Behind it stands one Caller with its rights.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from shared.api.handshake import accepted, handshake_fault, matching
from shared.api.origin import client_address
from shared.api.signature import ID, comparison_key, is_signed, is_timely, signed_text, signing_key
from shared.deadline import Deadline
from shared.errors import (
    ConfigurationError,
    ExplicitDisabled,
    RightMissing,
    TooManyAttempts,
    Unauthorized,
    VaultUnavailable,
)
from shared.services import FIRST_CALLER, Access, Handshakes, Job, Secrets
from shared.settings.callers import Require, Right

EXPLICIT_CALLER = "webhook-handshake-explicit"
# How often a proof that does not hold may make Key Vault be asked again, so that a rotation counts at once.
RELOAD_INTERVAL_S = 10.0

_SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller")
_PRINCIPAL, _PROVIDER = "x-ms-client-principal-id", "x-ms-client-principal-idp"
_NO_KEY = b"\0" * 32
_OF_FIRST = frozenset({Right.RECONCILE, Right.READ})
_OF_EXPLICIT = _OF_FIRST | {Right.READ_FULL, Right.EXPLICIT}


class Proof(StrEnum):
    HANDSHAKE = "handshake"
    SIGNATURE = "signature"
    ENTRA = "entra"


@dataclass(frozen=True, slots=True)
class Caller:
    """`webhook_id` is that of a signed call; it is claimed, so that the call cannot be sent again. `used_previous`: its
    secret is the one before the last rotation."""

    name: str
    rights: frozenset[Right]
    proof: Proof
    webhook_id: str | None = None
    used_previous: bool = False

    def need(self, right: Right, *others: Right, access: Access) -> None:
        """One of these rights. Raises RightMissing, and ExplicitDisabled where values that callers name are off."""
        if right is Right.EXPLICIT and not access.allow_explicit:
            raise ExplicitDisabled(_OFF)
        if self.rights.isdisjoint((right, *others)):
            raise RightMissing(f'This needs the right "{right}", which the caller {self.name} does not have.')

    @property
    def sees_jobs_of(self) -> tuple[str, ...] | None:
        """Whose jobs it may read and cancel. None: everybody's."""
        if Right.OPERATE in self.rights:
            return None
        return (self.name, FIRST_CALLER) if self.name == EXPLICIT_CALLER else (self.name,)

    def sees(self, job: Job) -> bool:
        return self.sees_jobs_of is None or job.caller in self.sees_jobs_of


_ORDINARY = Caller(FIRST_CALLER, _OF_FIRST, Proof.HANDSHAKE)
_EXPLICIT = Caller(EXPLICIT_CALLER, _OF_EXPLICIT, Proof.HANDSHAKE)
_OFF = "Explicit values are switched off. An administrator can set ALLOW_EXPLICIT_VALUES=true."


def identify(headers: Mapping[str, str], signed: bytes, access: Access, deadline: Deadline) -> Caller:
    """`signed` is what the signature of a signed call has to be of. Raises Unauthorized, TooManyAttempts,
    ExplicitDisabled, ConfigurationError, VaultUnavailable and, for signed calls, StorageUnavailable."""
    address = client_address(headers, access.trusted_proxies)
    reason = ""
    # What is cached first; Key Vault is asked again only while this address has not failed too often.
    for reload_every_s in (None, RELOAD_INTERVAL_S):
        found = _Identification(headers, signed, access, deadline, reload_every_s).caller()
        if isinstance(found, Caller):
            _refuse_if_off(found, access)
            return found
        reason = found.why
        if not found.may_be_outdated or access.attempts.wait_s(address) is not None:
            break
    wait_s = access.attempts.note_failure(address)
    reason = f"{reason}; address {address or '(none)'}"
    if wait_s is not None:
        raise TooManyAttempts(f"too many failed attempts: {reason}", wait_s)
    shown = (
        f"The webhook does not recognise the caller. Check the header {access.handshake_header} (a handshake, or "
        "NAME.SECRET of a named caller), the webhook-* headers of a signed call, or the Entra ID token."
    )
    raise Unauthorized(reason, shown)


def _refuse_if_off(caller: Caller, access: Access) -> None:
    if caller.name == EXPLICIT_CALLER and not access.allow_explicit:
        raise ExplicitDisabled(_OFF)


@dataclass(frozen=True, slots=True)
class _Nobody:
    """`why` is for the log. `may_be_outdated`: a secret that has just been changed could make the difference."""

    why: str
    may_be_outdated: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """The values that prove named callers, who is shut out and why, and whose secret could not be read."""

    values: Mapping[str, tuple[str, ...]]
    shut_out: Sequence[str]
    unknown: Mapping[str, VaultUnavailable]

    @property
    def notes(self) -> str:
        return "".join(f"; {note}" for note in self.shut_out)

    def raise_if_unknown(self, name: str) -> None:
        """For a proof that does not hold: it may be right if the secret of this caller could not be read."""
        if name in self.unknown:
            raise self.unknown[name]


@dataclass(frozen=True, slots=True)
class _Identification:
    headers: Mapping[str, str]
    signed: bytes
    access: Access
    deadline: Deadline
    reload_every_s: float | None
    # Values that count only until they expire.
    previous: set[str] = field(default_factory=set, repr=False)

    def caller(self) -> Caller | _Nobody:
        if any(name in self.headers for name in _SIGNED):
            return self._by_signature()
        if self._has_principal():
            return self._by_entra()
        header = self.headers.get(self.access.handshake_header.lower())
        if self.access.require is Require.HANDSHAKE:
            return self._by_handshake(header)
        return _Nobody(f"REQUIRE is {self.access.require}: the call has no such proof, and a handshake is not enough")

    def _by_signature(self) -> Caller | _Nobody:
        if self.access.require is Require.ENTRA:
            return _Nobody("REQUIRE is entra: a signature is not enough")
        values = [self.headers.get(name, "") for name in _SIGNED]
        if not all(values):
            return _Nobody("a signed call needs all four webhook-* headers")
        webhook_id, timestamp, signature, name = values
        if not ID.fullmatch(webhook_id) or not is_timely(timestamp, time.time()):
            return _Nobody("the webhook-id is not usable, or the webhook-timestamp is more than five minutes off")
        named = self._named(self._handshakes() if self.access.require is Require.HANDSHAKE else [])
        entry = next((entry for entry, _ in self.access.callers if entry.name == name and entry.secret_name), None)
        secrets = named.values.get(name, ())
        # Somebody unknown takes the same time.
        keys = [key for secret in secrets if (key := signing_key(secret)) is not None] or [_NO_KEY]
        holds = is_signed(signature, keys, signed_text(webhook_id, timestamp, self.signed))
        if entry is None or keys == [_NO_KEY] or not holds:
            named.raise_if_unknown(name)
            return _Nobody(f"the signature does not match{named.notes}", may_be_outdated=True)
        if not self.access.one_time_ids.claim(entry.name, webhook_id):
            return _Nobody(f"replayed: the webhook-id of {entry.name} was used before")
        outdated = [key for secret in self.previous.intersection(secrets) if (key := signing_key(secret)) is not None]
        used_previous = is_signed(signature, outdated, signed_text(webhook_id, timestamp, self.signed))
        return Caller(entry.name, entry.rights, Proof.SIGNATURE, webhook_id, used_previous)

    def _has_principal(self) -> bool:
        """App Service Authentication sets these headers, and takes them away from whoever sends them (Microsoft Learn,
        "Work with user identities in Azure App Service authentication"); without it anybody can."""
        is_entra = self.headers.get(_PROVIDER, "").lower() == "aad"
        return self.access.believes_entra and is_entra and _PRINCIPAL in self.headers

    def _by_entra(self) -> Caller | _Nobody:
        object_id = self.headers[_PRINCIPAL].strip().lower()
        for entry, _ in self.access.callers:
            if entry.entra_object_id is not None and entry.entra_object_id == object_id:
                return Caller(entry.name, entry.rights, Proof.ENTRA)
        return _Nobody("the Entra ID token belongs to no caller in CALLERS")

    def _by_handshake(self, header: str | None) -> Caller | _Nobody:
        # Whoever operates the webhook hears of a vault that fails, though no handshake was sent.
        handshakes = self._handshakes()
        if header is None:
            return _Nobody("the handshake is missing")
        named = self._named(handshakes)
        callers = [
            (Caller(entry.name, entry.rights, Proof.HANDSHAKE), [f"{entry.name}.{secret}" for secret in secrets])
            for entry, _ in self.access.callers
            if not entry.signed and (secrets := named.values.get(entry.name, ()))
        ]
        matches = matching(header, [*handshakes, *callers])
        if not matches and not self.access.allow_explicit:
            matches = matching(header, [(_EXPLICIT, self._unused_explicit())])
        if matches:
            found = matches[0]
            return replace(found, used_previous=header.removeprefix(f"{found.name}.") in self.previous)
        named.raise_if_unknown(header.partition(".")[0])
        return _Nobody(f"the handshake does not match{named.notes}", may_be_outdated=True)

    def _handshakes(self) -> list[tuple[Caller, Sequence[str]]]:
        """Those that have no names. Raises ConfigurationError where one that is in use cannot serve."""
        ordinary = self._secrets(self.access.handshakes, "the handshake secret")
        if not self.access.allow_explicit:
            return [(_ORDINARY, self._accepted(ordinary))]
        explicit = self._secrets(self.access.explicit_handshakes, "the explicit handshake secret")
        # One that has expired counts here too: it would still open the other door.
        if {each.value for each in ordinary if each} & {each.value for each in explicit if each}:
            raise ConfigurationError("the explicit handshake secret must differ from the ordinary one")
        return [(_ORDINARY, self._accepted(ordinary)), (_EXPLICIT, self._accepted(explicit))]

    def _secrets(self, handshakes: Handshakes, name: str) -> Secrets:
        secrets = handshakes(self.deadline, self.reload_every_s)
        fault = handshake_fault(secrets[0].value)
        if fault is not None:
            raise ConfigurationError(f"{name} cannot be used: {fault}")
        return secrets

    def _unused_explicit(self) -> Sequence[str]:
        """A secret that is not in use may be missing, useless or out of reach: it closes no route."""
        try:
            return self._accepted(self.access.explicit_handshakes(self.deadline, self.reload_every_s))
        except VaultUnavailable:
            return ()

    def _accepted(self, secrets: Secrets) -> tuple[str, ...]:
        current, previous = secrets
        if previous is not None and previous.value != current.value:
            self.previous.add(previous.value)
        return accepted(secrets, datetime.now(UTC))

    def _named(self, others: Sequence[tuple[Caller, Sequence[str]]]) -> "_Named":
        """What the named callers' secrets are now. One that cannot serve, or is one of the others' too, shuts out its
        caller alone."""
        if not self.access.callers:
            return _Named({}, (), {})
        values: dict[str, tuple[str, ...]] = {}
        shut_out: list[str] = []
        unknown: dict[str, VaultUnavailable] = {}
        for entry, handshakes in self.access.callers:
            if handshakes is None:
                continue
            try:
                secrets = handshakes(self.deadline, self.reload_every_s)
            except VaultUnavailable as exc:
                unknown[entry.name] = exc
                continue
            fault = handshake_fault(secrets[0].value)
            if fault is None:
                values[entry.name] = self._accepted(secrets)
            else:
                shut_out.append(f"the secret of {entry.name} cannot be used: {fault}")
        handshakes_of_old = [found for _, found in others]
        # By key, because the name of a caller is not signed.
        found_keys = (set(map(comparison_key, found)) for found in (*values.values(), *handshakes_of_old))
        uses = Counter(key for keys in found_keys for key in keys)
        for name, found in values.items():
            if any(uses[comparison_key(value)] > 1 for value in found):
                values[name] = ()
                shut_out.append(f"the secret of {name} has the same value as another secret")
        return _Named(values, shut_out, unknown)
