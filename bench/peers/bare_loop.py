"""No peer but a yardstick: the batches that a list needs, sent one after the other with requests and parsed, no logic.

Takes the number of users as its argument; prints the processor time of the loop.
"""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bench.peers.runbook import V1, new_session, sign_in
from bench.people import Kind, Person, people

NAMES_IN_A_FILTER, MEMBERS = 15, 20
MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"  # Graph docs, "phoneAuthenticationMethod resource type"
_TIMEOUT_S = 60

Document = dict[str, list[dict[str, Any]]]


def main() -> None:
    documents = batches(people(int(sys.argv[1])))
    session = new_session(sign_in())
    session.get(f"{V1}/users?$top=1", timeout=_TIMEOUT_S)
    members = 0
    began, began_cpu = time.perf_counter(), time.process_time()
    for document in documents:
        members += len(session.post(f"{V1}/$batch", json=document, timeout=_TIMEOUT_S).json()["responses"])
    cpu = time.process_time() - began_cpu
    print(json.dumps({"seconds": time.perf_counter() - began, "cpu_seconds": cpu, "batches": len(documents)}))


def batches(who: Sequence[Person]) -> list[Document]:
    """Users by filter, their phone methods by id, the writes: twenty to a batch."""
    groups = [who[start : start + NAMES_IN_A_FILTER] for start in range(0, len(who), NAMES_IN_A_FILTER)]
    reads = [{"method": "GET", "url": _filter(group)} for group in groups]
    methods = [{"method": "GET", "url": _methods(person)} for person in who if person.kind is not Kind.EMPTY]
    writes = [_write(person) for person in who if person.kind.needs_write]
    return [document for calls in (reads, methods, writes) for document in _documents(calls)]


def _documents(calls: Sequence[dict[str, Any]]) -> list[Document]:
    numbered = [{"id": str(place % MEMBERS), **call} for place, call in enumerate(calls)]
    return [{"requests": numbered[start : start + MEMBERS]} for start in range(0, len(numbered), MEMBERS)]


def _filter(group: Sequence[Person]) -> str:
    names = ",".join(f"'{person.upn}'" for person in group)
    select = "$select=id,userPrincipalName,usageLocation,onPremisesExtensionAttributes"
    return f"/users?$filter={quote(f'userPrincipalName in ({names})', safe='')}&{select}"


def _methods(person: Person) -> str:
    return f"/users/{person.id}/authentication/phoneMethods"


def _write(person: Person) -> dict[str, Any]:
    common = {
        "headers": {"Content-Type": "application/json"},
        "body": {"phoneNumber": person.number, "phoneType": "mobile"},
    }
    if person.kind is Kind.MISSING:
        return {"method": "POST", "url": _methods(person), **common}
    return {"method": "PATCH", "url": f"{_methods(person)}/{MOBILE}", **common}


if __name__ == "__main__":
    main()
