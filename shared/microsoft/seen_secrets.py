"""Reads secrets for a check, and says all about them but their values. What was read serves the next requests too."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace

from shared.core.check.seen import SecretState, SeenSecret
from shared.core.text import is_padded
from shared.deadline import Deadline
from shared.microsoft.vault import Examined, Vault

AT_ONCE = 8


class SecretsReader:
    """`fault_of`: why a value cannot be a handshake. `signing_key`: what can be signed with a value. `comparison_key`:
    equal for values that count as one."""

    def __init__(
        self,
        vault: Vault,
        fault_of: Callable[[str], str | None],
        signing_key: Callable[[str], bytes | None],
        comparison_key: Callable[[str], bytes],
    ) -> None:
        self._vault, self._fault_of = vault, fault_of
        self._signing_key, self._comparison_key = signing_key, comparison_key

    def __call__(self, names: Sequence[str], doors: frozenset[str], deadline: Deadline) -> Mapping[str, SeenSecret]:
        # The first alone: it fetches the token that all others use, and tells whether there is any sense in asking.
        found = {name: self._vault.examine(name, deadline) for name in names[:1]}
        if any(first.state is SecretState.UNKNOWN for first in found.values()):
            found |= dict.fromkeys(names[1:], next(iter(found.values())))
        else:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as pool:
                asked = {
                    name: pool.submit(copy_context().run, self._vault.examine, name, deadline) for name in names[1:]
                }
            found |= {name: answer.result() for name, answer in asked.items()}
        keys = {name: self._comparison_key(one.value) for name, one in found.items() if name in doors and one.value}
        return {name: self._seen(name, one, keys) for name, one in found.items()}

    def _seen(self, name: str, one: Examined, keys: Mapping[str, bytes]) -> SeenSecret:
        seen = SeenSecret(one.state, one.said, one.expires_on)
        if one.state is not SecretState.PRESENT:
            return seen
        key = keys.get(name)
        return replace(
            seen,
            is_empty=not one.value,
            is_padded=is_padded(one.value),
            fault=self._fault_of(one.value),
            is_signing_key=self._signing_key(one.value) is not None,
            twins=frozenset(other for other, same in keys.items() if key is not None and same == key and other != name),
        )
