"""settings.py: PUBLIC_URL, which goes into answers as it is."""

import pytest

from shared.core.phone import is_region
from shared.errors import ConfigurationError
from shared.settings import read_settings

GUID = "c0de7e4a-0000-4000-8000-00000000c0de"
MINIMUM = {"KEY_VAULT_URL": "https://contoso-mfa.vault.azure.net", "TENANT_ID": GUID, "CLIENT_ID": GUID}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", None),
        ("https://mfa.contoso.com", "https://mfa.contoso.com"),
        ("https://mfa.contoso.com/", "https://mfa.contoso.com"),
        ("https://gateway.contoso.com:8443/identity/mfa-v1/", "https://gateway.contoso.com:8443/identity/mfa-v1"),
    ],
)
def test_what_stands_before_api_in_links(text: str, url: str | None) -> None:
    assert read_settings({**MINIMUM, "PUBLIC_URL": text}, is_region).public_url == url


@pytest.mark.parametrize(
    "text",
    [
        *("mfa.contoso.com", "http://mfa.contoso.com", "https://", "https:///x", "https://user:word@mfa.contoso.com"),
        *("https://mfa.contoso.com?code=a-key", "https://mfa.contoso.com/#x", "https://mfa.contoso.com/a b"),
        *("https://mfa.contoso.com\r\nSet-Cookie: x", "https://mfa.contoso.com/\u00e5", "javascript:alert(1)"),
    ],
)
def test_what_could_not_stand_there(text: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_settings({**MINIMUM, "PUBLIC_URL": text}, is_region)
    assert refusal.value.detail == "PUBLIC_URL must be https://<host>[/<path>]"
