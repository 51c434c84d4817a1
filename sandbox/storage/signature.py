"""The Shared Key of a request, as the blob service computes it. Pure.

Source: Microsoft Learn, "Authorize with Shared Key", Constructing the Authorization header.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

# Microsoft Learn, "Use the Azurite emulator for local Azure Storage development", Well-known storage account and key.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_SIGNED = (
    *("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"),
    *("if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"),
)


def is_signed(method: str, path: str, query: str, headers: Mapping[str, str]) -> bool:
    """Whether the Authorization header is that of the development account. Header names are in lower case."""
    values = [
        "" if name == "content-length" and headers.get(name) == "0" else headers.get(name, "") for name in _SIGNED
    ]
    own = sorted((name for name in headers if name.startswith("x-ms-")), key=_place)
    canonical_headers = "".join(f"{name}:{headers[name]}\n" for name in own)
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(name.lower(), []).append(value)
    canonical_query = "".join(f"\n{name}:{','.join(sorted(parameters[name]))}" for name in sorted(parameters))
    lines = "\n".join([method, *values])
    text = f"{lines}\n{canonical_headers}/{ACCOUNT}{path}{canonical_query}"
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    expected = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    return hmac.compare_digest(headers.get("authorization", "").encode(), expected.encode())


def _place(name: str) -> str:
    """The service sorts by words: a hyphen does not count, an underscore comes before digits and letters."""
    return name.replace("-", "").replace("_", " ")
