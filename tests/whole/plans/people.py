"""The callers of these tests, the users they send, and the requests they make."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.signing import Signer
from tests.waiting import wait_for
from tests.whole.calls import Answer, Headers, call, runbook
from tests.whole.jobs.watching import FINISHED

RIGHTS: Mapping[str, list[str]] = {
    "lists": ["reconcile", "explicit"],
    "other": ["reconcile"],
    "boss": ["reconcile", "explicit", "approve"],
    "operator": ["reconcile", "operate"],
    "lead": ["reconcile", "operate", "approve"],
    "writer": ["explicit"],
}
SECRETS = {name: f"sandbox-{name}-not-real" for name in RIGHTS}
LISTS, BOSS = Signer("lists", SECRETS["lists"]), Signer("boss", SECRETS["boss"])
# Whoever removes eleven or overwrites 21 exceeds the ceilings of one request.
MANY, TOO_MANY = 10, 11

Send = Callable[..., Answer]


def callers() -> str:
    """The setting CALLERS."""
    return json.dumps([{"name": name, "rights": rights} for name, rights in RIGHTS.items()])


def put_secrets(box: SandboxTenant) -> None:
    for name, secret in SECRETS.items():
        box.tenant.set_secret(f"webhook-caller-{name}", secret)


def named(name: str) -> list[tuple[str, str | bytes]]:
    return [("Message", f"{name}.{SECRETS[name]}")]


def number(last: int) -> str:
    """Ofcom keeps +44 7700 900000 to 900999 for drama."""
    return f"+44 7700900{last:03d}"


def _added(box: SandboxTenant, kind: str, count: int, first: int, words: Callable[[int], dict[str, Any]]) -> list[str]:
    upns = [f"{kind}{place}@contoso.com" for place in range(first, first + count)]
    for place, upn in enumerate(upns, first):
        box.tenant.add_user(userPrincipalName=upn, usageLocation="GB", **words(place))
    return upns


def leavers(box: SandboxTenant, count: int, first: int = 0) -> list[str]:
    """Each has a number, and none in the directory: it is removed."""
    return _added(box, "leaver", count, first, lambda place: {"phones": {"mobile": number(place)}})


def movers(box: SandboxTenant, count: int, first: int = 0) -> list[str]:
    """Each has another number than the directory: it is overwritten."""
    return _added(
        box,
        "mover",
        count,
        first,
        lambda place: {"extensionAttribute15": number(place), "phones": {"mobile": number(place + 137)}},
    )


def hires(box: SandboxTenant, count: int, first: int = 0) -> list[str]:
    """Each has a number in the directory alone: it is added."""
    return _added(box, "hire", count, first, lambda place: {"extensionAttribute15": number(place)})


def settled(box: SandboxTenant, count: int) -> list[str]:
    """Each has the right number."""
    return _added(
        box,
        "settled",
        count,
        0,
        lambda place: {"extensionAttribute15": number(place), "phones": {"mobile": number(place)}},
    )


def move(box: SandboxTenant, upn: str, last: int) -> None:
    """Another number stands in the directory."""
    box.tenant.change_user(upn, extensionAttribute15=number(last))


def mobile(box: SandboxTenant, upn: str) -> str | None:
    phone = box.tenant.user(upn).phones.get("mobile")
    return phone.number if phone else None


def written(box: SandboxTenant) -> list[str]:
    """Users whose write Graph has done, one entry for each write."""
    with box.tenant.lock:
        return [str(write.user) for write in box.tenant.writes() if write.status and write.status < 300]


def send(
    host: HostProcess, upns: Sequence[str], who: str = "lists", query: str = "", plan: str | None = None, **more: str
) -> Answer:
    """A list; `plan` is what If-Match says."""
    headers: Headers = [*named(who), *((name.replace("_", "-"), value) for name, value in more.items())]
    return call(host, runbook(*upns), query, headers if plan is None else [*headers, ("If-Match", plan)])


def rehearse(host: HostProcess, upns: Sequence[str], who: str = "lists", **more: str) -> Answer:
    return send(host, upns, who, "dryRun=true", **more)


def post(host: HostProcess, signer: Signer, path: str, /, **body: object) -> Answer:
    """A signed POST."""
    content = json.dumps(body).encode()
    return call(host, content, "", signer.headers(content), path=path)


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, str(answer.body["code"])


def begin(host: HostProcess, upns: Sequence[str], who: str = "lists", query: str = "dryRun=true&async=true") -> str:
    """The id of a job."""
    answer = send(host, upns, who, query)
    assert answer.status == 202, answer.text
    return str(answer.body["jobId"])


def apply(host: HostProcess, job: str, who: str = "lists", *more: tuple[str, str], **words: Any) -> Answer:
    return call(host, b"", headers=[*named(who), *more], path=f"/api/jobs/{job}/apply", **words)


def get(host: HostProcess, job: str, who: str = "lists", what: str = "", *more: tuple[str, str]) -> Answer:
    return call(host, method="GET", path=f"/api/jobs/{job}{what}", headers=[*named(who), *more])


def finished(host: HostProcess, job: str, who: str = "lists") -> dict[str, Any]:
    """Its status in the end."""
    return wait_for(
        lambda: get(host, job, who).body, lambda seen: seen["status"] in FINISHED, 60, 0.05, lambda: host.log()[-5000:]
    )


def codes(host: HostProcess, job: str, who: str = "lists") -> list[str]:
    """Of the users of a job, in order."""
    answer = get(host, job, who, "/result")
    assert answer.status == 200, answer.text
    return answer.codes
