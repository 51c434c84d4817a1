"""Requests to the blob service and their answers.

Sources: Microsoft Learn, "Blob service REST API" (the page of each operation), "Status and error codes" and
"Specifying conditional headers for Blob service operations".
"""

import re
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from sandbox.storage.folder import Folder, Properties, http_date
from sandbox.storage.signature import ACCOUNT, is_signed
from sandbox.tenant.exchange import Request, Response

_PAGE = 5000  # List Blobs, maxresults
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_METADATA = "x-ms-meta-"
# Setting and retrieving properties and metadata for Blob service resources.
_MOST_METADATA = 8192
# Append Block, Remarks.
_MOST_BLOCKS = 50_000


class StorageError(Exception):
    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}


class BlobService:
    """`url` is the endpoint with its account. Setting `failures` makes that many requests fail with 503."""

    def __init__(self, folder: Folder, url: str) -> None:
        self._folder = folder
        self._url = url
        self.failures = 0

    def answer(self, request: Request) -> Response:
        """For HEAD the answer has the body that GET would have; the server must not send it."""
        common = {"x-ms-request-id": str(uuid.uuid4()), "x-ms-version": request.headers.get("x-ms-version", "")}
        common |= {"Date": http_date(), "Server": "Sandbox-Blob/1.0"}
        try:
            response = self._answer(request)
        except StorageError as error:
            body = (
                f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{error.code}</Code>'
                f"<Message>{error.code}\nRequestId:{common['x-ms-request-id']}</Message></Error>"
            )
            headers = {"Content-Type": "application/xml", "x-ms-error-code": error.code, **error.headers}
            response = Response(error.status, headers, b"" if error.status == 304 else body.encode())
        return Response(response.status, {**common, **response.headers}, response.body)

    def _answer(self, request: Request) -> Response:
        if self.failures > 0:
            self.failures -= 1
            raise StorageError(503, "ServerBusy")
        if not is_signed(request.method, request.path, request.query, request.headers):
            raise StorageError(403, "AuthenticationFailed")
        _, account, container, *rest = [*request.path.split("/", 3), "", ""][:4]
        if account != ACCOUNT:
            raise StorageError(400, "InvalidUri")
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        name = unquote(rest[0]) if rest else ""
        operation = (request.method, "blob" if name else query.get("restype", ""), query.get("comp", ""))
        known: dict[tuple[str, str, str], Callable[[], Response]] = {
            ("PUT", "container", ""): lambda: self._create(container),
            ("GET", "container", ""): lambda: _described(200),
            ("HEAD", "container", ""): lambda: _described(200),
            ("DELETE", "container", ""): lambda: self._remove(container),
            ("GET", "container", "list"): lambda: self._list(container, query),
            ("PUT", "blob", ""): lambda: self._put(container, name, request),
            ("PUT", "blob", "appendblock"): lambda: self._append(container, name, request),
            ("GET", "blob", ""): lambda: self._get(container, name, request),
            ("HEAD", "blob", ""): lambda: self._get(container, name, request),
            ("DELETE", "blob", ""): lambda: self._delete(container, name, request),
        }
        if not container or operation not in known:
            raise StorageError(501, "NotImplemented")
        if operation != ("PUT", "container", "") and not self._folder.has(container):
            raise StorageError(404, "ContainerNotFound")
        return known[operation]()

    def _create(self, container: str) -> Response:
        if not re.fullmatch(r"[a-z0-9](?:-?[a-z0-9]){2,62}", container):
            raise StorageError(400, "InvalidResourceName")
        if not self._folder.create(container):
            raise StorageError(409, "ContainerAlreadyExists")
        return _described(201)

    def _remove(self, container: str) -> Response:
        self._folder.remove(container)
        return Response(202)

    def _put(self, container: str, name: str, request: Request) -> Response:
        headers = request.headers
        kind = headers.get("x-ms-blob-type", "")
        if kind not in ("BlockBlob", "AppendBlob"):
            raise StorageError(501, "NotImplemented")
        if kind == "AppendBlob" and request.body:
            raise StorageError(400, "InvalidHeaderValue")
        content_type = (
            headers.get("x-ms-blob-content-type") or headers.get("content-type") or "application/octet-stream"
        )
        metadata = _metadata(headers)

        def check(found: Properties | None) -> None:
            if found and headers.get("if-none-match") == "*":
                raise StorageError(409, "BlobAlreadyExists")
            _check_conditions(headers, found)

        written = self._folder.put(container, name, request.body, content_type, metadata, check, kind)
        return Response(201, {"ETag": written.etag, "Last-Modified": written.modified})

    def _append(self, container: str, name: str, request: Request) -> Response:
        def check(found: Properties) -> None:
            if found.kind != "AppendBlob":
                raise StorageError(409, "InvalidBlobType")
            _check_conditions(request.headers, found)
            if found.blocks >= _MOST_BLOCKS:
                raise StorageError(409, "BlockCountExceedsLimit")

        written = self._folder.append(container, name, request.body, check)
        if written is None:
            raise StorageError(404, "BlobNotFound")
        headers = {
            "ETag": written.etag,
            "Last-Modified": written.modified,
            "x-ms-blob-append-offset": str(written.size - len(request.body)),
            "x-ms-blob-committed-block-count": str(written.blocks),
        }
        return Response(201, headers)

    def _get(self, container: str, name: str, request: Request) -> Response:
        found = self._folder.read(container, name)
        if found is None:
            raise StorageError(404, "BlobNotFound")
        properties, data = found
        _check_conditions(request.headers, properties, reading=True)
        headers = {
            "ETag": properties.etag,
            "Last-Modified": properties.modified,
            "Content-Type": properties.content_type,
            "Accept-Ranges": "bytes",
            "x-ms-blob-type": properties.kind,
            **({"x-ms-blob-committed-block-count": str(properties.blocks)} if properties.blocks else {}),
            **{f"{_METADATA}{key}": value for key, value in properties.metadata.items()},
        }
        wanted = _RANGE.fullmatch(request.headers.get("x-ms-range") or request.headers.get("range") or "")
        if wanted is None or request.method == "HEAD":
            return Response(200, headers, data)
        first, last = int(wanted[1]), min(int(wanted[2] or properties.size), properties.size - 1)
        if first > last:
            raise StorageError(416, "InvalidRange", {"Content-Range": f"bytes */{properties.size}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{properties.size}"
        return Response(206, headers, data[first : last + 1])

    def _delete(self, container: str, name: str, request: Request) -> Response:
        def check(found: Properties | None) -> None:
            if found is None:
                raise StorageError(404, "BlobNotFound")
            _check_conditions(request.headers, found)

        self._folder.delete(container, name, check)
        return Response(202)

    def _list(self, container: str, query: Mapping[str, str]) -> Response:
        prefix, marker = query.get("prefix", ""), query.get("marker", "")
        limit = min(int(query.get("maxresults", _PAGE)), _PAGE)
        with_metadata = "metadata" in query.get("include", "").split(",")
        # Blobs, and what stands for all that have a beginning of their names up to the delimiter in common.
        found: dict[str, Properties | None] = {}
        for item in self._folder.list(container, prefix):
            folder = _folder_of(item.name, prefix, query.get("delimiter", ""))
            if (folder or item.name) >= marker:
                found[folder or item.name] = None if folder else item
        names = list(found)
        shown = ((name, found[name]) for name in names[:limit])
        blobs = "".join(_listed(item, with_metadata) if item else _prefix(name) for name, item in shown)
        following = escape(names[limit]) if len(names) > limit else ""
        body = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="{self._url}/"'
            f' ContainerName="{container}"><Prefix>{escape(prefix)}</Prefix><Marker>{escape(marker)}</Marker>'
            f"<MaxResults>{limit}</MaxResults><Blobs>{blobs}</Blobs>"
            f"<NextMarker>{following}</NextMarker></EnumerationResults>"
        )
        return Response(200, {"Content-Type": "application/xml"}, body.encode())


def _described(status: int) -> Response:
    """About a container. Nothing here changes one, so they all have the same ETag."""
    return Response(status, {"ETag": '"0x1"', "Last-Modified": http_date()})


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    found = {key.removeprefix(_METADATA): value for key, value in headers.items() if key.startswith(_METADATA)}
    if not all(re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) for name in found):
        raise StorageError(400, "InvalidMetadata")
    if sum(len(name) + len(value) for name, value in found.items()) > _MOST_METADATA:
        raise StorageError(400, "MetadataTooLarge")
    return found


def _check_conditions(headers: Mapping[str, str], found: Properties | None, *, reading: bool = False) -> None:
    wanted, unwanted = headers.get("if-match"), headers.get("if-none-match")
    if wanted and (found is None or wanted not in ("*", found.etag)):
        raise StorageError(412, "ConditionNotMet")
    if unwanted and found and unwanted in ("*", found.etag):
        raise StorageError(304 if reading else 412, "ConditionNotMet")


def _folder_of(name: str, prefix: str, delimiter: str) -> str:
    head, found, _ = name.removeprefix(prefix).partition(delimiter) if delimiter else ("", "", "")
    return f"{prefix}{head}{delimiter}" if found else ""


def _prefix(folder: str) -> str:
    return f"<BlobPrefix><Name>{escape(folder)}</Name></BlobPrefix>"


def _listed(blob: Properties, with_metadata: bool) -> str:
    tags = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in blob.metadata.items())
    metadata = f"<Metadata>{tags}</Metadata>" if with_metadata else ""
    etag = blob.etag.strip('"')
    return (
        f"<Blob><Name>{escape(blob.name)}</Name><Properties><Last-Modified>{blob.modified}</Last-Modified>"
        f"<Etag>{etag}</Etag><Content-Length>{blob.size}</Content-Length>"
        f"<Content-Type>{escape(blob.content_type)}</Content-Type><BlobType>{blob.kind}</BlobType></Properties>"
        f"{metadata}</Blob>"
    )
