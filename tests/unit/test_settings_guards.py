"""settings.py: the guards, what a call may do."""

import pytest

from shared.core.phone_library import is_region
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.settings import read_settings as read

GUID = "c0de7e4a-0000-4000-8000-00000000c0de"
MINIMUM = {"KEY_VAULT_URL": "https://contoso-mfa.vault.azure.net", "TENANT_ID": GUID, "CLIENT_ID": GUID}


def read_settings(**settings: str) -> Settings:
    return read({**MINIMUM, **settings}, is_region)


def test_without_any_setting_the_guards_are_as_documented() -> None:
    settings = read_settings()
    assert not settings.read_only
    assert not settings.keep_different
    assert (settings.allowed_group_id, settings.allowed_countries) == (None, frozenset())
    assert settings.max_users_per_number == 3
    assert (settings.max_removals, settings.max_removals_percent) == (10, 10)
    assert (settings.max_overwrites, settings.max_overwrites_percent) == (20, 30)
    assert (settings.max_removals_per_day, settings.max_overwrites_per_day) == (100, None)


def test_each_can_be_set() -> None:
    settings = read_settings(READ_ONLY="true", ON_DIFFERENT="keep", ALLOWED_GROUP_ID=GUID, ALLOWED_COUNTRIES="SE, NO")
    assert settings.read_only
    assert settings.keep_different
    assert settings.allowed_group_id == GUID
    assert settings.allowed_countries == {"SE", "NO"}
    limits = read_settings(
        MAX_USERS_PER_NUMBER="0", MAX_REMOVALS="1", MAX_OVERWRITES="2", MAX_OVERWRITES_PERCENT="100",
        MAX_REMOVALS_PER_DAY="0", MAX_OVERWRITES_PER_DAY="1000000",
    )  # fmt: skip
    assert limits.max_users_per_number == 0
    assert (limits.max_removals, limits.max_overwrites, limits.max_overwrites_percent) == (1, 2, 100)
    assert (limits.max_removals_per_day, limits.max_overwrites_per_day) == (0, 1_000_000)


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_limit_of_a_day_is_no_limit(blank: str) -> None:
    settings = read_settings(MAX_REMOVALS_PER_DAY=blank, MAX_OVERWRITES_PER_DAY=blank)
    assert (settings.max_removals_per_day, settings.max_overwrites_per_day) == (None, None)


@pytest.mark.parametrize(
    ("mode", "word", "protects"),
    [
        *[("service_account", "auto", False), ("client_secret", "auto", True), ("managed_identity", "auto", True)],
        *[("service_account", "on", True), ("client_secret", "off", False), ("managed_identity", "off", False)],
    ],
)
def test_administrators_are_protected_where_app_only_permissions_reach_them(
    mode: str, word: str, protects: bool
) -> None:
    assert read_settings(GRAPH_AUTH=mode, PROTECT_ADMINISTRATORS=word).protect_administrators is protects


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("READ_ONLY", "yes"),
        ("ON_DIFFERENT", "leave"),
        ("PROTECT_ADMINISTRATORS", "true"),
        ("ALLOWED_GROUP_ID", "Everybody in Sweden"),
        ("ALLOWED_COUNTRIES", "Sweden"),
        ("ALLOWED_COUNTRIES", "SE;NO"),
        ("ALLOWED_COUNTRIES", "SE,UK"),
        ("ALLOWED_COUNTRIES", ","),
        ("ALLOWED_COUNTRIES", " , ,"),
        ("MAX_USERS_PER_NUMBER", "-1"),
        ("MAX_REMOVALS", "ten"),
        ("MAX_OVERWRITES", "1.5"),
        ("MAX_OVERWRITES_PERCENT", "101"),
        ("MAX_REMOVALS_PER_DAY", "none"),
        ("MAX_OVERWRITES_PER_DAY", "none"),
        ("MAX_OVERWRITES_PER_DAY", "1000001"),
    ],
)
def test_a_faulty_one_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be"):
        read_settings(**{name: value})
