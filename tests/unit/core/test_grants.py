"""core/grants.py: what a refusal asks for, by what the token says of itself."""

import pytest

from shared.core.check.seen import SeenToken
from shared.core.grants import READ_GROUPS, READ_POLICY, READ_ROLES, READER_ID, lacks_only_reader, lacks_reader, way_out

BOTH = frozenset({"RoleManagement.Read.Directory", "GroupMember.Read.All"})
APP, ACCOUNT = SeenToken(is_app=True), SeenToken(is_app=False)
ASSIGN = "ssign the directory role Global Reader to the service account."
GRANT = "Grant the app the permissions RoleManagement.Read.Directory and GroupMember.Read.All"


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (None, f"{GRANT}."),
        (APP, f"{GRANT}."),
        (SeenToken(is_app=True, permissions=BOTH), f"{GRANT}."),
        (ACCOUNT, f"{GRANT}, and a{ASSIGN}"),
        (SeenToken(is_app=False, permissions=frozenset({"GroupMember.Read.All"})), f"{GRANT}, and a{ASSIGN}"),
        (SeenToken(is_app=False, directory_roles=frozenset({READER_ID})), f"{GRANT}."),
        (SeenToken(is_app=False, permissions=BOTH), f"A{ASSIGN}"),
    ],
)
def test_the_way_out_names_what_the_token_lacks(token: SeenToken | None, told: str) -> None:
    assert way_out(token, READ_ROLES, READ_GROUPS) == told


def test_one_permission_is_one() -> None:
    assert way_out(None, READ_POLICY) == "Grant the app the permission Policy.Read.AuthenticationMethod."


def test_a_broader_permission_suffices() -> None:
    token = SeenToken(is_app=False, permissions=frozenset({"RoleManagement.Read.All", "Directory.Read.All"}))
    assert lacks_only_reader(token, READ_ROLES, READ_GROUPS)
    assert not lacks_only_reader(token, READ_POLICY)


def test_an_app_and_a_reader_lack_no_role() -> None:
    assert not lacks_reader(APP)
    assert not lacks_reader(SeenToken(is_app=False, directory_roles=frozenset({READER_ID})))
    assert lacks_reader(SeenToken(is_app=False, directory_roles=frozenset({"another"})))
