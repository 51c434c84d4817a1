"""What the tests of sign-ins, secrets, Graph and exchanges share: a clock, a session that gives up soon, TLS."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from shared.microsoft import entra as entra_module
from shared.microsoft import msal_sign_in as msal_module
from shared.microsoft import vault as vault_module
from shared.microsoft.graph import client as client_module
from shared.microsoft.graph import guard_lists as guard_lists_module
from shared.microsoft.graph import guarded as guarded_module
from shared.microsoft.graph import users as users_module
from shared.microsoft.session import BoundedSession
from tests.unit.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """In place of the real one wherever something is kept, waited for or tried again."""
    guards = (guard_lists_module, guarded_module, users_module)
    return Clock().rule(monkeypatch, entra_module, msal_module, vault_module, client_module, *guards)


@pytest.fixture
def session() -> Iterator[BoundedSession]:
    """For exchanges that are to succeed, however busy the machine is."""
    with BoundedSession(read_s=60, total_s=60) as session:
        yield session


@pytest.fixture
def hasty() -> Iterator[BoundedSession]:
    """For exchanges that are to be ended."""
    with BoundedSession(read_s=60, total_s=0.4) as session:
        yield session


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)
