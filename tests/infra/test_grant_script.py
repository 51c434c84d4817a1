"""infra/grant.sh and .ps1: the permissions that the settings need, no other, once."""

from pathlib import Path

import pytest

from shared.microsoft.graph import guard_lists
from tests.docs.pages import page
from tests.infra.scripts import PRINCIPAL, SHELLS, THOROUGH, Operator, first_in_both
from tests.infra.stand_in import CLIENT, GRAPH_ID, ROLE_IDS, ROLES

EACH = pytest.mark.parametrize("shell", SHELLS)
MORE = pytest.mark.parametrize("shell", THOROUGH)
PHONE, BROAD = "UserAuthMethod-Phone.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"
ADMINISTRATORS = ["RoleManagement.Read.Directory", "GroupMember.Read.All"]
REPORT = ["AuditLog.Read.All", "Policy.Read.AuthenticationMethod"]
USUAL = ["User.Read.All", PHONE, *ADMINISTRATORS]
NAMES = {identifier: name for name, identifier in ROLE_IDS.items()}


SERVICE_ACCOUNT = {"GRAPH_AUTH": "service_account", "CLIENT_ID": CLIENT}
# A user's own consent, and the one for everyone with another API.
OTHERS = [
    {"id": "a", "clientId": PRINCIPAL, "consentType": "Principal", "resourceId": GRAPH_ID, "scope": "Mail.Read"},
    {"id": "b", "clientId": PRINCIPAL, "consentType": "AllPrincipals", "resourceId": "another-api", "scope": PHONE},
]


def methods(operator: Operator) -> list[str]:
    """Of the requests to Graph."""
    lines = [call["argv"] for call in operator.calls if call["argv"][:2] == ["az", "rest"]]
    return [line[line.index("--method") + 1] for line in lines]


def assigned(operator: Operator) -> list[str]:
    return [NAMES[entry["appRoleId"]] for entry in operator.state["assigned"]]


def assignment(name: str) -> dict[str, str]:
    return {"id": f"old-{name}", "appRoleId": ROLE_IDS[name], "resourceId": GRAPH_ID}


@pytest.mark.parametrize(
    ("shell", "settings", "options", "names"),
    first_in_both(
        [
            ({}, [], USUAL),
            ({"GRAPH_AUTH": "client_secret", "CLIENT_ID": CLIENT}, [], USUAL),
            ({"EMAIL_ATTRIBUTE": "mail"}, [], ["User.Read.All", BROAD, *ADMINISTRATORS]),
            ({}, ["--all-methods"], ["User.Read.All", BROAD, *ADMINISTRATORS]),
            ({"PROTECT_ADMINISTRATORS": "off"}, [], USUAL[:2]),
            ({"PROTECT_ADMINISTRATORS": "off", "PROTECTED_GROUP_ID": "g"}, [], [*USUAL[:2], "GroupMember.Read.All"]),
            ({"PROTECT_ADMINISTRATORS": "off", "ALLOWED_GROUP_ID": "g"}, [], [*USUAL[:2], "GroupMember.Read.All"]),
            ({"PROTECT_ADMINISTRATORS": "off"}, ["--report"], [*USUAL, *REPORT]),
        ]
    ),
)
def test_an_application_gets_what_its_settings_need_once(
    shell: str, settings: dict[str, str], options: list[str], names: list[str], tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, settings)
    dry = operator.run("grant", *options, "--what-if")
    assert (dry.code, dry.err, assigned(operator)) == (0, "", [])
    assert [name for name in names if name not in dry.out] == []
    first = operator.run("grant", *options)
    assert first.code == 0, first.err
    assert sorted(assigned(operator)) == sorted(names)
    assert [line for line in first.out.splitlines() if line.startswith("granted")] != []
    again = operator.run("grant", *options)
    assert again.code == 0, again.err
    assert sorted(assigned(operator)) == sorted(names)
    assert sorted(line.split()[1] for line in again.out.splitlines() if line.startswith("there")) == sorted(names)
    assert operator.leftovers == []


@EACH
def test_what_is_granted_beyond_the_settings_is_named_with_the_command_that_takes_it_away(
    shell: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(assigned=[assignment(name) for name in ("Mail.Send", *USUAL)])
    done = operator.run("grant")
    assert done.code == 0, done.err
    assert "extra    Mail.Send: not needed by the settings. Keep it if you use" in done.out
    switches = ("--report", "--all-methods") if shell == "sh" else ("-Report", "-AllMethods")
    assert [switch for switch in switches if switch not in done.out] == []
    assert done.out.count("extra") == 1
    assert "/appRoleAssignments/old-Mail.Send" in done.out
    assert len(operator.state["assigned"]) == len(USUAL) + 1


@EACH
def test_only_what_is_missing_is_granted_and_permissions_of_other_apis_do_not_count(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    elsewhere = {"id": "other", "appRoleId": ROLE_IDS[PHONE], "resourceId": "another-api"}
    operator.change(assigned=[assignment("User.Read.All"), elsewhere])
    done = operator.run("grant")
    assert done.code == 0, done.err
    posted = [call for call in operator.calls if "post" in call["argv"]]
    assert len(posted) == 3
    assert "there    User.Read.All" in done.out
    assert f"granted  {PHONE}" in done.out


@EACH
def test_a_service_account_gets_delegated_permissions_beside_those_it_has(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, SERVICE_ACCOUNT)
    first = operator.run("grant")
    assert first.code == 0, first.err
    (consent,) = operator.state["consents"]
    assert (consent["clientId"], consent["consentType"]) == (PRINCIPAL, "AllPrincipals")
    assert (consent["resourceId"], consent["scope"]) == (GRAPH_ID, f"User.Read.All {PHONE}")
    operator.change(consents=[*OTHERS, consent | {"scope": " User.Read.All openid "}])
    before = operator.state
    assert operator.run("grant", "--what-if").code == 0
    assert operator.state == before
    done = operator.run("grant")
    assert done.code == 0, done.err
    assert operator.state["consents"] == [*OTHERS, consent | {"scope": f"User.Read.All openid {PHONE}"}]
    assert "extra    openid" in done.out
    assert "Privileged Authentication Administrator" in done.out
    assert "Global Reader" not in done.out
    assert operator.run("grant").code == 0
    assert [method for method in methods(operator) if method != "get"] == ["post", "patch"]


@EACH
@pytest.mark.parametrize("failing", ["az rest post", "az rest patch"])
def test_if_graph_refuses_a_consent_those_before_stand_and_the_message_says_so(
    shell: str, failing: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, SERVICE_ACCOUNT)
    own = {
        "id": "own",
        "clientId": PRINCIPAL,
        "consentType": "AllPrincipals",
        "resourceId": GRAPH_ID,
        "scope": "openid",
    }
    operator.change(consents=OTHERS + ([own] if failing.endswith("patch") else []), fails=[failing])
    before = operator.state["consents"]
    done = operator.run("grant")
    assert done.code == 1
    assert "What was granted before still stands. You need the Entra role Cloud Application Administrator" in done.err
    assert "granted  " not in done.out
    assert operator.state["consents"] == before
    assert operator.leftovers == []


@EACH
@pytest.mark.parametrize(("settings", "option"), [({"PROTECT_ADMINISTRATORS": "on"}, None), ({}, "--report")])
def test_a_service_account_that_reads_more_needs_one_more_role(
    shell: str, settings: dict[str, str], option: str | None, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, SERVICE_ACCOUNT | settings)
    done = operator.run("grant", *([option] if option else []))
    assert done.code == 0, done.err
    assert "the roles Privileged Authentication Administrator and Global Reader: docs/deploy.md" in done.out


@MORE
@pytest.mark.parametrize(
    ("failing", "settings", "sentence"),
    [
        ("az ad sp show", {}, "az login"),
        ("az rest", {}, "could not be read"),
        ("az cloud show", {}, "which cloud"),
        ("az ad app permission list-grants", SERVICE_ACCOUNT, "could not be read"),
        ("nothing", {"GRAPH_AUTH": "client_secret"}, "has no CLIENT_ID"),
        ("nothing", {"IDENTITY_PRINCIPAL_ID": ""}, "has no IDENTITY_PRINCIPAL_ID"),
    ],
)
def test_a_command_that_fails_stops_it_with_a_sentence(
    shell: str, failing: str, settings: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, settings)
    operator.change(fails=[failing])
    done = operator.run("grant")
    assert done.code == 1
    assert sentence in done.err
    assert assigned(operator) == []
    assert operator.leftovers == []


@MORE
def test_who_may_not_grant_hears_which_role_it_takes(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(fails=["az rest post"])
    done = operator.run("grant")
    assert done.code == 1
    assert "User.Read.All was not granted. You need the Entra role Privileged Role Administrator" in done.err


@MORE
def test_a_grant_that_does_not_show_is_a_failure(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(forgets=True)
    done = operator.run("grant")
    assert done.code == 1
    assert "Microsoft Graph does not show User.Read.All yet" in done.err


def test_the_guide_names_the_same_permissions() -> None:
    text = page("docs/deploy.md").text
    assert [name for name in ROLES if name != "Mail.Send" and f"`{name}`" not in text] == []


@MORE
def test_the_guard_asks_for_the_permissions_that_are_granted_for_it(shell: str, tmp_path: Path) -> None:
    """In what it says when Graph refuses to tell who is an administrator."""
    asked = guard_lists.administrators().way_out(None)
    assert [name for name in ADMINISTRATORS if name not in asked] == []
    dry = Operator(shell, tmp_path, {"PROTECT_ADMINISTRATORS": "on"}).run("grant", "--what-if").out
    assert [name for name in ADMINISTRATORS if name not in dry] == []
