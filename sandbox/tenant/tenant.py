"""The state of the simulated tenant behind one lock, without HTTP. Everything here can be called from any thread."""

from __future__ import annotations

import copy
import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from .accounts import change_app, make_app
from .directory import POLICIES, Group, User, change_user, make_user, object_id
from .faults import Call, Fault, FaultRules
from .journal import Record, Write, write_of
from .lifecycle import WaitingTask
from .shown import masked, shown_state
from .switches import Switches
from .throttle import Throttle, reports_limit
from .tokens import Principal, TokenBook
from .vault_secrets import SecretStore, SecretVersion

SEEDS = Path(__file__).with_name("seeds")


class Tenant:
    """What Key Vault, Entra and Graph of one organisation know."""

    def __init__(self, seed: str | Path | Mapping[str, Any]) -> None:
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.clock: Callable[[], float] = time.time
        self.mask: Callable[[str], str] = masked
        self.tokens = TokenBook(lambda: self.clock())
        self.refresh_tokens: dict[str, Principal] = {}
        self.faults = FaultRules()
        self.load(seed)

    def load(self, seed: str | Path | Mapping[str, Any]) -> None:
        """Become the tenant that a seed describes; `reset` returns to it. A name means a file of the folder seeds/."""
        if isinstance(seed, Mapping):
            described = copy.deepcopy(dict(seed))
        else:
            path = SEEDS / f"{seed}.json" if isinstance(seed, str) and "." not in seed else Path(seed)
            described = json.loads(path.read_text(encoding="utf-8"))
        with self.lock:
            earlier = getattr(self, "_seed", None)
            self._seed = described
            try:
                self.reset()
            except (ValueError, KeyError, TypeError):
                if earlier is not None:
                    self._seed = earlier
                    self.reset()
                raise

    def reset(self) -> None:
        """The seed's state, no faults, no throttle, no latency, nothing recorded. Tokens already issued stay good."""
        with self.lock:
            seed = self._seed
            self.tenant_id = str(seed["tenantId"]).lower()
            self.domains: list[str] = list(seed.get("domains", ["contoso.com"]))
            self.apps = {app.client_id: app for app in map(make_app, seed.get("apps", []))}
            for entry in seed.get("managedIdentities", []):
                identity = make_app(entry, is_managed_identity=True)
                self.apps[identity.client_id] = identity
            self._users: dict[str, User] = {}
            self._upns: dict[str, User] = {}
            self._deleted: dict[str, User] = {}
            for person in seed.get("users", []):
                self.add_user(**person)
            self.groups = {group.id: group for group in map(self._make_group, seed.get("groups", []))}
            self.secrets = SecretStore()
            for secret in seed.get("secrets", []):
                self.set_secret(**secret)
            self.switches = Switches(**seed.get("switches", {}))
            earlier, self.faults = self.faults, FaultRules()
            earlier.clear()
            self.throttle: Throttle | None = None
            self.report_throttle: Throttle | None = reports_limit()
            self.policies: dict[str, dict[str, Any]] = copy.deepcopy({**POLICIES, **seed.get("policies", {})})
            self.latency_ms = 0.0
            self.service_ms = 0.0
            self.random = random.Random(1)  # noqa: S311 - repeatable on purpose, nothing secret
            self.requests: list[Record] = []
            self.assertions: dict[str, str] = {}  # ids of the SAML assertions of AD FS, and whose they are
            self.kept_tokens: dict[tuple[str, str], tuple[str, int]] = {}  # what the identity endpoint hands out again
            self.waiting_tasks: dict[str, WaitingTask] = {}
            self._arrivals: list[tuple[float, Callable[[], object]]] = []
            self.arrival_clock: Callable[[], float] = time.time

    def snapshot(self) -> dict[str, Any]:
        """Every user with attributes and authentication methods; equal snapshots mean an equal tenant."""
        with self.lock:
            return {user.user_principal_name: self.describe(user) for user in self._users.values()}

    def describe(self, user: User) -> dict[str, Any]:
        """One user of the snapshot. The SMS states are those that Graph shows under the policy of this moment."""
        described = user.as_json()
        for phone_type, phone in user.phones.items():
            described["phoneMethods"][phone_type]["smsSignInState"] = shown_state(self.switches, user, phone)
        return described

    # Directory

    def add_user(self, userPrincipalName: str, deleted: bool = False, **words: Any) -> User:
        """A new user, described in the words of a seed (see the package's docstring)."""
        user = make_user(userPrincipalName, words)
        with self.lock:
            if deleted:
                self._deleted[user.id] = user
                return user
            if user.id in self._users or userPrincipalName.lower() in self._upns:
                raise ValueError(f"there is already a user {userPrincipalName}")
            self._deleted.pop(user.id, None)
            self._users[user.id] = user
            self._upns[userPrincipalName.lower()] = user
        return user

    def change_user(self, id_or_upn: str, **words: Any) -> User:
        with self.lock:
            user = self.user(id_or_upn)
            change_user(user, words)
            self._upns = {known.user_principal_name.lower(): known for known in self._users.values()}
            return user

    def delete_user(self, id_or_upn: str) -> None:
        """Softly, as Entra does: the user is not found any more, but holds the number of an SMS sign-in."""
        with self.lock:
            user = self.user(id_or_upn)
            self._deleted[user.id] = self._users.pop(user.id)
            del self._upns[user.user_principal_name.lower()]

    def find_user(self, id_or_upn: str) -> User | None:
        name = id_or_upn.lower()
        with self.lock:
            return self._users.get(name) or self._upns.get(name)

    def user(self, id_or_upn: str) -> User:
        """Raises KeyError when there is no such user."""
        user = self.find_user(id_or_upn)
        if user is None:
            raise KeyError(id_or_upn)
        return user

    def users(self) -> Iterable[User]:
        return self._users.values()

    def deleted_users(self) -> Iterable[User]:
        return self._deleted.values()

    # Later

    def arrive(self, after_s: float, change: Callable[[], object]) -> None:
        """From so many seconds after now on, by `arrival_clock`, the directory is changed: somebody new is there, or a
        number is. Graph's next request sees it."""
        with self.lock:
            self._arrivals.append((self.arrival_clock() + after_s, change))

    def let_arrive(self) -> None:
        now = self.arrival_clock()
        due = [change for at, change in self._arrivals if at <= now]
        self._arrivals = [entry for entry in self._arrivals if entry[0] > now]
        for change in due:
            change()

    def begin_task(self, user_id: str, *authorized: str) -> WaitingTask:
        """A workflow's task waits for these apps to resume it."""
        task = WaitingTask(user_id, frozenset(name.lower() for name in authorized))
        with self.lock:
            self.waiting_tasks[task.result_id] = task
        return task

    def set_group(self, displayName: str, **words: Any) -> Group:
        """A new group, in the words of a seed, or one in place of that with the same id or name."""
        with self.lock:
            group = self._make_group({"displayName": displayName, **words})
            self.groups[group.id] = group
            return group

    def _make_group(self, described: Mapping[str, Any]) -> Group:
        """Members and owners are named by UPN or id, groups by their display name too."""
        names = {entry["displayName"]: _group_id(entry) for entry in self._seed.get("groups", [])}

        def ids(word: str) -> list[str]:
            named = described.get(word, [])
            return [user.id if (user := self.find_user(name)) else names.get(name, name) for name in named]

        return Group(
            _group_id(described),
            described["displayName"],
            ids("members"),
            described.get("roleAssignable", False),
            ids("owners"),
            set(described.get("roles", [])),
            set(described.get("eligibleRoles", [])),
        )

    def change_app(self, client_id: str, **words: Any) -> None:
        """Permissions, roles and access to the vault of an app registration or a managed identity."""
        with self.lock:
            change_app(self.apps[client_id.lower()], words)

    def change_policy(self, name: str, **words: Any) -> None:
        """The authentication methods policy for `sms` or `voice`."""
        with self.lock:
            if unknown := words.keys() - self.policies[name].keys():
                raise ValueError(f"a policy has no word {min(unknown)!r}")
            self.policies[name].update(words)

    # Secrets and tokens

    def set_secret(
        self, name: str, value: str, enabled: bool = True, exp: int | None = None, nbf: int | None = None
    ) -> None:
        """A new version of a Key Vault secret."""
        with self.lock:
            self.secrets.add(name, SecretVersion(value, int(self.clock()), enabled, exp, nbf))

    def delete_secret(self, name: str) -> None:
        with self.lock:
            self.secrets.delete(name)

    def revoke_tokens(self) -> None:
        """Every access and refresh token issued so far is refused from now on."""
        with self.lock:
            self.tokens.revoke_all()
            self.refresh_tokens.clear()

    # What was asked

    def record(self, record: Record) -> Record:
        with self.lock:
            self.requests.append(record)
        return record

    def clear_requests(self) -> None:
        with self.lock:
            self.requests.clear()

    def calls(self, host: str = "graph", method: str | None = None, path_contains: str | None = None) -> list[Record]:
        """Recorded requests of one host kind in order, outer $batch requests and their members alike."""
        with self.lock:
            return [
                record
                for record in self.requests
                if record.host == host
                and method in (None, record.method)
                and (path_contains is None or path_contains in record.path)
            ]

    def writes(self) -> list[Write]:
        """The Graph writes in the order in which they arrived, refused and throttled ones too."""
        with self.lock:
            return [write for write in map(write_of, self.requests) if write is not None]

    # Trouble

    def pick_of_call(self, call: Call) -> Fault | None:
        with self.lock:
            return self.faults.pick_of_call(call) if self.faults else None

    def pick_transport(self, calls: list[Call]) -> Fault | None:
        with self.lock:
            return self.faults.pick_transport(calls) if self.faults else None

    def refusing(self, path: str) -> Throttle | None:
        """The limit that a call to this path exceeds, if there is one."""
        with self.lock:
            limits = (self.throttle, self.report_throttle)
            return next((limit for limit in limits if limit is not None and not limit.admits(path)), None)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the sandbox."""
        if seconds > 0:
            self.stopping.wait(seconds)

    def set_switches(self, **words: Any) -> None:
        """Change some switches; raises ValueError for an unknown one."""
        known = {entry.name for entry in fields(Switches)}
        if unknown := words.keys() - known:
            raise ValueError(f"unknown switch {sorted(unknown)[0]!r}")
        with self.lock:
            for name, value in words.items():
                setattr(self.switches, name, value)


def _group_id(described: Mapping[str, Any]) -> str:
    return str(described.get("id") or object_id(f"group {described['displayName']}"))
