"""Microsoft's clouds that the sandbox stands for: which host names belong together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cloud:
    login_host: str
    graph_host: str
    vault_suffix: str

    @property
    def graph_audience(self) -> str:
        return f"https://{self.graph_host}"

    @property
    def vault_audience(self) -> str:
        return f"https://{self.vault_suffix}"

    @property
    def audiences(self) -> tuple[str, str]:
        return self.graph_audience, self.vault_audience


PUBLIC = Cloud("login.microsoftonline.com", "graph.microsoft.com", "vault.azure.net")
US_GOVERNMENT = Cloud("login.microsoftonline.us", "graph.microsoft.us", "vault.usgovcloudapi.net")
CLOUDS = (PUBLIC, US_GOVERNMENT)
STORAGE_AUDIENCE = "https://storage.azure.com"
ADFS_HOST = "adfs.contoso.com"
