"""Bodies of 32 MB that cost a parser most, and one that is right.

`python -m bench.worst_bodies NAME WAY TIMES` reads one in this process, so many times at once, and prints what it took.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable

from bench.process import forget_peak, usage
from shared.api.payload.limit import Limit
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.table import parse_table_users
from shared.api.payload.users import parse_users
from shared.deadline import Deadline
from shared.errors import ServiceError

SIZE = 32 * 1024 * 1024
# The defaults of MAX_USERS and INLINE_USERS.
USERS, INLINE = Limit(200_000, Deadline(600)), Limit(200, Deadline(600))
_MB = 1024 * 1024


def _filled(begin: bytes, part: bytes, end: bytes) -> bytes:
    return begin + part * ((SIZE - len(begin) - len(end)) // len(part)) + end


def _keys(count: int) -> bytes:
    return b",".join(b'"%x":0' % i for i in range(count))


def _users() -> bytes:
    entry = '{{"userPrincipalName":"user{0:06}.with.a.long.name@contoso.com","displayName":"User {0:06}","x":"{1}"}}'
    return f"[{','.join(entry.format(i, 'é' * 30) for i in range(199_000))}]".encode()


_ENTRY = b'{"UPN":"a@contoso.com","x":[%s]},'
BODIES: dict[str, Callable[[], bytes]] = {
    "numbers": lambda: _filled(b"[", b"1,", b"1]"),
    "objects": lambda: _filled(b'{"value":[', b"{},", b"{}]}"),
    "lists in entries": lambda: _filled(b"[", _ENTRY % (b"[]," * 340_000 + b"1"), b"1]"),
    "objects in entries": lambda: _filled(b"[", _ENTRY % (b'{"":0},' * 140_000 + b"1"), b"1]"),
    "one key in an entry": lambda: _filled(b"[", b'{"UPN":"a@contoso.com",' + b'"":0,' * 200_000 + b'"":0},', b"1]"),
    "different keys": lambda: b"{" + _keys(2_900_000) + b"}",
    "one object": lambda: _filled(b"{", b'"":0,', b'"":0}'),
    "one string": lambda: _filled(b'["', "\N{GRINNING FACE}".encode(), b'"]'),
    "nested": lambda: b"[" * SIZE,
    "UTF-16": lambda: ("[" + "{}," * (SIZE // 6 - 4) + "1]").encode("utf-16"),
    "right": _users,
}
TABLES: dict[str, Callable[[], bytes]] = {
    "rows": lambda: b"UPN\n" + b"".join(b"user%06d@contoso.com\n" % i for i in range(1_250_000)),
    "blank rows": lambda: _filled(b"UPN,x\na@contoso.com,\n", b",\n", b""),
    "one row": lambda: _filled(b"UPN,x\n", b"1,", b"\n"),
    "rows in quotes": lambda: _filled(b"UPN,x\n", b'"\n",', b"\n"),
    "one header": lambda: _filled(b"UPN,", b"1,", b"\n"),
    "no header": lambda: b"\n" * SIZE,
}
PLANS: dict[str, Callable[[], bytes]] = {
    "elements": lambda: _filled(b"<P>", b"<a/>", b"</P>"),
    "accounts": lambda: _filled(b"<P>", b"<AccountRequest/>", b"</P>"),
    "attributes": lambda: b"<P " + b" ".join(b"a%x=''" % i for i in range(2_900_000)) + b"/>",
    "one document type": lambda: _filled(b"<!DOCTYPE a SYSTEM '", b"x", b"'><P/>"),
    "requests of one account": lambda: _filled(
        b'{"accountRequests":[',
        b'{"op":"Modify","nativeIdentity":"a@contoso.com","attributeRequests":[%s{}]},'
        % (b'{"name":"mfa_emailAddress","op":"Add","value":"a@b.c"},' * 18_000),
        b"1]}",
    ),
    "ids of one account": lambda: _filled(
        b'{"accountRequests":[',
        b'{"op":"Modify","nativeIdentity":"a@contoso.com","attributeRequests":['
        b'{"name":"mfa_fido2AuthenticationMethod","op":"Remove","value":[%s]}]},'
        % b",".join(b'"%05x"' % i for i in range(110_000)),
        b"1]}",
    ),
}
ALL = BODIES | TABLES | PLANS


def parse(name: str, body: bytes) -> str:
    """How it ended."""
    try:
        if name in PLANS:
            parse_plan(body, INLINE)
        else:
            (parse_table_users if name in TABLES else parse_users)(body, USERS)
    except ServiceError as error:
        return f"{error.status} {error.code}"
    return "read"


def whole(_: str, body: bytes) -> str:
    """What reading all of a document at once costs, before anything is made of it."""
    document = json.loads(body, object_pairs_hook=list)
    return f"read: {len(document)}"


def main() -> None:
    name, way, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    read = whole if way == "whole" else parse
    bodies = [ALL[name]() for _ in range(times)]
    read(name, b'["x"]')  # what is imported with the first body
    endings: list[str] = []
    threads = [threading.Thread(target=lambda body=body: endings.append(read(name, body))) for body in bodies]
    pid = os.getpid()
    forget_peak(pid)
    before, began, cpu = usage(pid), time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, cpu_s, after = time.monotonic() - began, time.process_time() - cpu, usage(pid)
    peak = after.peak_mb - before.memory_mb + sum(map(len, bodies)) / _MB if before and after else None
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak, "endings": endings}))


if __name__ == "__main__":
    main()
