"""settings.py: app settings to one frozen object, or every fault at once and no value in it."""

import dataclasses
from collections.abc import Mapping

import pytest

from shared import settings as settings_module
from shared.core.phone_library import is_region
from shared.errors import ConfigurationError
from shared.settings import CLOUDS, GraphAuth, Settings, Storage
from shared.settings.table import SETTINGS

GUID = "c0de7e4a-0000-4000-8000-00000000c0de"
MINIMUM = {"KEY_VAULT_URL": "https://contoso-mfa.vault.azure.net", "TENANT_ID": GUID, "CLIENT_ID": GUID}


def read_settings(environment: Mapping[str, str]) -> Settings:
    return settings_module.read_settings(environment, is_region)


def faults(**settings: str) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        read_settings({**MINIMUM, **settings})
    return refusal.value.detail


def test_the_three_required_settings_are_enough() -> None:
    settings = read_settings(MINIMUM)
    assert settings.key_vault_url == "https://contoso-mfa.vault.azure.net"
    assert (settings.tenant_id, settings.client_id) == (GUID, GUID)
    assert settings.graph_auth is GraphAuth.SERVICE_ACCOUNT
    assert settings.cloud is CLOUDS["public"]
    assert settings.identity_client_id is None
    assert not settings.has_managed_identity
    assert settings.handshake_header == "Message"
    assert settings.handshake_secret_name == "webhook-handshake"
    assert settings.username_secret_name == "service-account-username"
    assert settings.password_secret_name == "service-account-password"
    assert settings.client_secret_name == "graph-client-secret"
    assert not settings.allow_explicit_values
    assert settings.explicit_secret_name == "webhook-handshake-explicit"
    assert settings.attributes == {"mobile": "extensionAttribute15"}
    assert settings.sms_sign_in is None
    assert settings.default_region is None
    assert not settings.remove_on_empty
    assert not settings.rewrite_masked
    assert settings.protected_group_id is None
    assert settings.max_removals_percent == 10
    assert (settings.max_users, settings.max_body_bytes) == (200_000, 32 * 1024 * 1024)
    assert (settings.inline_users, settings.job_parallel) == (200, 4)
    assert (settings.job_patience_minutes, settings.job_retention_days) == (60, 7)
    assert settings.storage == Storage()
    assert settings.deadline_s == 100
    assert settings.graph_max_per_second == 0
    assert settings.secret_ttl_s == 300


def test_every_setting_can_be_set() -> None:
    settings = read_settings(
        {
            "KEY_VAULT_URL": "https://contoso-mfa.vault.usgovcloudapi.net/",
            "TENANT_ID": "contoso.onmicrosoft.com",
            "CLIENT_ID": GUID.upper(),
            "GRAPH_AUTH": "client_secret",
            "AZURE_CLOUD": "usgov",
            "AZURE_CLIENT_ID": GUID,
            "IDENTITY_ENDPOINT": "http://127.0.0.1/msi/token",
            "HANDSHAKE_HEADER": "X-Handshake",
            "HANDSHAKE_SECRET_NAME": "a",
            "SERVICE_ACCOUNT_USERNAME_SECRET_NAME": "b",
            "SERVICE_ACCOUNT_PASSWORD_SECRET_NAME": "c",
            "CLIENT_SECRET_SECRET_NAME": "d",
            "ALLOW_EXPLICIT_VALUES": "true",
            "HANDSHAKE_EXPLICIT_SECRET_NAME": "e",
            "SOURCE_ATTRIBUTE": "mobilePhone",
            "ALTERNATE_MOBILE_ATTRIBUTE": "extensionAttribute1",
            "OFFICE_ATTRIBUTE": "businessPhones",
            "EMAIL_ATTRIBUTE": "extension_a9900000000040008000000000000990_privateMail",
            "SMS_SIGN_IN": "on",
            "DEFAULT_REGION": "SE",
            "ON_EMPTY": "remove",
            "ON_MASKED": "rewrite",
            "ON_DIFFERENT": "keep",
            "READ_ONLY": "true",
            "PROTECT_ADMINISTRATORS": "off",
            "PROTECTED_GROUP_ID": GUID,
            "ALLOWED_GROUP_ID": GUID,
            "ALLOWED_COUNTRIES": "SE, NO",
            "MAX_USERS_PER_NUMBER": "0",
            "MAX_REMOVALS": "1",
            "MAX_REMOVALS_PERCENT": "0",
            "MAX_OVERWRITES": "2",
            "MAX_OVERWRITES_PERCENT": "100",
            "MAX_REMOVALS_PER_DAY": "0",
            "MAX_OVERWRITES_PER_DAY": "500",
            "MAX_USERS": "100000",
            "MAX_BODY_BYTES": "1024",
            "INLINE_USERS": "1",
            "JOB_PARALLEL_ACTIVITIES": "100",
            "JOB_PATIENCE_MINUTES": "0",
            "JOB_RETENTION_DAYS": "365",
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            "INLINE_DEADLINE_SECONDS": "200",
            "GRAPH_MAX_REQUESTS_PER_SECOND": "7",
            "SECRET_TTL_SECONDS": "0",
        }
    )
    assert settings.key_vault_url == "https://contoso-mfa.vault.usgovcloudapi.net"
    assert settings.cloud is CLOUDS["usgov"]
    assert settings.graph_auth is GraphAuth.CLIENT_SECRET
    assert settings.has_managed_identity
    assert (settings.allow_explicit_values, settings.explicit_secret_name) == (True, "e")
    assert settings.attributes == {
        "mobile": "mobilePhone",
        "alternateMobile": "extensionAttribute1",
        "office": "businessPhones",
        "email": "extension_a9900000000040008000000000000990_privateMail",
    }
    assert settings.sms_sign_in is True
    assert (settings.remove_on_empty, settings.rewrite_masked) == (True, True)
    assert (settings.keep_different, settings.read_only, settings.protect_administrators) == (True, True, False)
    assert settings.protected_group_id == settings.allowed_group_id == GUID
    assert settings.allowed_countries == {"SE", "NO"}
    assert (settings.max_users_per_number, settings.max_removals, settings.max_overwrites) == (0, 1, 2)
    assert (settings.max_removals_percent, settings.max_overwrites_percent) == (0, 100)
    assert (settings.max_removals_per_day, settings.max_overwrites_per_day) == (0, 500)
    assert (settings.max_users, settings.secret_ttl_s) == (100_000, 0)
    assert (settings.inline_users, settings.job_parallel) == (1, 100)
    assert (settings.job_patience_minutes, settings.job_retention_days) == (0, 365)
    assert settings.storage == Storage("UseDevelopmentStorage=true")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"blobServiceUri": "https://contosojobs.blob.core.windows.net"}, "https://contosojobs.blob.core.windows.net"),
        ({"accountName": "contosojobs"}, "https://contosojobs.blob.core.windows.net"),
    ],
    ids=["blobServiceUri", "accountName"],
)
def test_storage_reached_with_an_identity(given: dict[str, str], url: str) -> None:
    """As the host itself reads these settings."""
    named = {f"AzureWebJobsStorage__{name}": value for name, value in given.items()}
    assert read_settings({**MINIMUM, **named}).storage == Storage(blob_url=url)
    named["AzureWebJobsStorage__clientId"] = GUID
    assert read_settings({**MINIMUM, **named}).storage == Storage(blob_url=url, client_id=GUID)


def test_the_connection_string_is_shown_nowhere() -> None:
    settings = read_settings({**MINIMUM, "AzureWebJobsStorage": "AccountKey=hunter2-not-real"})
    assert "hunter2" not in f"{settings!r} {settings}"


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_setting_counts_as_not_set(blank: str) -> None:
    # To leave the day's limits blank is to have none.
    every = {setting.name: blank for setting in SETTINGS if not setting.name.endswith("_PER_DAY")}
    assert read_settings({**every, **MINIMUM}) == read_settings(MINIMUM)


def test_white_space_around_a_value_is_dropped() -> None:
    assert read_settings({**MINIMUM, "ON_EMPTY": " remove "}).remove_on_empty


def test_the_managed_identity_mode_needs_no_app_registration() -> None:
    settings = read_settings({"KEY_VAULT_URL": MINIMUM["KEY_VAULT_URL"], "GRAPH_AUTH": "managed_identity"})
    assert settings.graph_auth is GraphAuth.MANAGED_IDENTITY


@pytest.mark.parametrize("mode", ["service_account", "client_secret"])
def test_the_other_modes_need_one(mode: str) -> None:
    with pytest.raises(ConfigurationError, match=r"TENANT_ID is not set; CLIENT_ID is not set"):
        read_settings({"KEY_VAULT_URL": MINIMUM["KEY_VAULT_URL"], "GRAPH_AUTH": mode})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEY_VAULT_URL", "http://contoso-mfa.vault.azure.net"),
        ("KEY_VAULT_URL", "https://contoso-mfa.vault.azure.net.example.com"),
        ("KEY_VAULT_URL", "https://contoso-mfa.vault.azure.net/secrets"),
        ("KEY_VAULT_URL", "https://example.com"),
        ("KEY_VAULT_URL", "https://contoso-mfa.vault.usgovcloudapi.net"),
        ("TENANT_ID", "common"),
        ("TENANT_ID", "contoso.com/x"),
        ("CLIENT_ID", "my-app"),
        ("GRAPH_AUTH", "password"),
        ("AZURE_CLOUD", "china"),
        ("AZURE_CLIENT_ID", "id-contoso-mfa"),
        ("HANDSHAKE_HEADER", "My Header"),
        ("HANDSHAKE_HEADER", "Message:"),
        ("HANDSHAKE_SECRET_NAME", "with_underscore"),
        ("HANDSHAKE_SECRET_NAME", "a" * 119),
        ("SERVICE_ACCOUNT_USERNAME_SECRET_NAME", "svc@contoso.com"),
        ("SERVICE_ACCOUNT_PASSWORD_SECRET_NAME", "a/b"),
        ("CLIENT_SECRET_SECRET_NAME", "a b"),
        ("HANDSHAKE_EXPLICIT_SECRET_NAME", "with_underscore"),
        ("HANDSHAKE_EXPLICIT_SECRET_NAME", "a" * 119),
        ("ALLOW_EXPLICIT_VALUES", "True"),
        ("ALLOW_EXPLICIT_VALUES", "1"),
        ("ALLOW_EXPLICIT_VALUES", "yes"),
        ("SMS_SIGN_IN", "On"),
        ("SMS_SIGN_IN", "true"),
        ("ALTERNATE_MOBILE_ATTRIBUTE", "extensionAttribute16"),
        ("OFFICE_ATTRIBUTE", "business phones"),
        ("OFFICE_ATTRIBUTE", "businessPhones[0]"),
        ("EMAIL_ATTRIBUTE", "EXTENSIONATTRIBUTE3"),
        ("EMAIL_ATTRIBUTE", "anna@contoso.com"),
        ("SOURCE_ATTRIBUTE", "extensionAttribute16"),
        ("SOURCE_ATTRIBUTE", "extensionAttribute0"),
        ("SOURCE_ATTRIBUTE", "ExtensionAttribute15"),
        ("SOURCE_ATTRIBUTE", "extensionAttribute15\uff10"),
        ("SOURCE_ATTRIBUTE", "mobilePhone,id"),
        ("DEFAULT_REGION", "se"),
        ("DEFAULT_REGION", "SWE"),
        ("ON_EMPTY", "delete"),
        ("ON_MASKED", "ask"),
        ("PROTECTED_GROUP_ID", "MFA sync: never touch"),
        ("MAX_REMOVALS_PERCENT", "101"),
        ("MAX_REMOVALS_PERCENT", "-1"),
        ("MAX_REMOVALS_PERCENT", "10%"),
        ("MAX_USERS", "0"),
        ("MAX_USERS", "1e3"),
        ("MAX_USERS", "\uff15"),
        ("MAX_USERS", "9" * 5000),
        ("MAX_BODY_BYTES", "1023"),
        ("INLINE_DEADLINE_SECONDS", "4"),
        ("INLINE_DEADLINE_SECONDS", "201"),
        ("GRAPH_MAX_REQUESTS_PER_SECOND", "0.5"),
        ("SECRET_TTL_SECONDS", "3601"),
    ],
)
def test_a_faulty_setting_is_named_and_its_value_is_not(name: str, value: str) -> None:
    detail = faults(**{name: value})
    assert detail.startswith(f"{name} must be")
    if len(value) > 6:
        assert value not in detail


def test_all_faults_are_reported_together() -> None:
    detail = faults(GRAPH_AUTH="x", AZURE_CLOUD="x", ON_EMPTY="x", MAX_USERS="x", CLIENT_ID="x", KEY_VAULT_URL="")
    for name in ("GRAPH_AUTH", "AZURE_CLOUD", "ON_EMPTY", "MAX_USERS", "CLIENT_ID", "KEY_VAULT_URL"):
        assert name in detail


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_settings(MINIMUM).max_users = 1  # type: ignore[misc]


def test_every_default_in_the_table_is_accepted() -> None:
    defaults = {setting.name: setting.default for setting in SETTINGS if setting.default is not None}
    assert read_settings({**defaults, **MINIMUM}) == read_settings(MINIMUM)


def test_the_united_kingdom_is_gb() -> None:
    with pytest.raises(ConfigurationError, match="GB"):
        read_settings({**MINIMUM, "DEFAULT_REGION": "UK"})


@pytest.mark.parametrize(
    ("word", "on"), [("leave", None), ("on", True), ("off", False), ("", None)], ids=["leave", "on", "off", "blank"]
)
def test_sms_sign_in(word: str, on: bool | None) -> None:
    assert read_settings({**MINIMUM, "SMS_SIGN_IN": word}).sms_sign_in is on


@pytest.mark.parametrize("name", ["ALTERNATE_MOBILE_ATTRIBUTE", "OFFICE_ATTRIBUTE", "EMAIL_ATTRIBUTE"])
def test_a_type_without_an_attribute_is_not_among_those_that_are_kept_equal(name: str) -> None:
    assert len(read_settings({**MINIMUM, name: ""}).attributes) == 1
    assert len(read_settings({**MINIMUM, name: "extensionAttribute3"}).attributes) == 2


@pytest.mark.parametrize(
    ("ordinary", "explicit"),
    [
        ("one", "one"),
        ("one", "one-previous"),
        ("one-previous", "one"),
        ("One", "one"),
        ("one", "ONE-Previous"),
        ("webhook-handshake-explicit", ""),
        ("", "webhook-handshake"),
        ("", "webhook-handshake-previous"),
    ],
)
@pytest.mark.parametrize("allowed", ["true", "false"])
def test_the_two_handshakes_never_share_a_secret(ordinary: str, explicit: str, allowed: str) -> None:
    detail = faults(
        HANDSHAKE_SECRET_NAME=ordinary, HANDSHAKE_EXPLICIT_SECRET_NAME=explicit, ALLOW_EXPLICIT_VALUES=allowed
    )
    assert detail.startswith("HANDSHAKE_EXPLICIT_SECRET_NAME must name a different secret")


def test_names_that_only_begin_alike_are_two_secrets() -> None:
    settings = read_settings({**MINIMUM, "HANDSHAKE_SECRET_NAME": "one", "HANDSHAKE_EXPLICIT_SECRET_NAME": "one-prev"})
    assert (settings.handshake_secret_name, settings.explicit_secret_name) == ("one", "one-prev")
