"""Nothing that must stay inside gets out: the whole log and every answer of a run over all people of the sandbox."""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.recorded import lines_in
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.calls import Answer, call, handshake, runbook
from tests.whole.conftest import HostMaker

GROUP = "9009a000-0000-4000-8000-00000000009a"
WRONG = "a-wrong-handshake-of-this-test"
SECRET_MAIL = "private.address@fabrikam.com"
STRANGER = "left.the.company@contoso.com"
# Between the digits of a number whatever people and libraries put there.
PUNCTUATION = re.compile(r"(?<=\d)[\s().\-/\u00a0·]+(?=\d)")
HEAD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR|CRITICAL) (\S+): ")
SHORTEST = 6


def test_no_secret_and_no_number_reaches_the_log_or_an_answer(box: SandboxTenant, new_host: HostMaker) -> None:
    tenant = box.tenant
    people = list(tenant.snapshot())
    numbers = set(all_numbers(box))
    host = new_host(
        ON_EMPTY="remove", PROTECTED_GROUP_ID=GROUP, PYTHON_ENABLE_DEBUG_LOGGING="1", ALLOW_EXPLICIT_VALUES="true"
    )
    given = box.environment()
    hr_body = json.dumps(
        [{"UserPrincipalName": upn, "mobile": "+46 701740697", "password": "body-password"} for upn in people]
    ).encode()

    answers = [
        call(host, hr_body, "dryRun=true"),
        call(host, hr_body, headers=handshake(WRONG)),
        call(host, b'[{"UserPrincipalName": "+46 701740697"}, {"id": "+46 701740697"}]'),
        call(host, b'["+46 701740697'),
        call(host, hr_body, "dryRun=%2B46701740697"),
    ]
    sprinkle_faults(box)
    answers += [call(host, hr_body), call(host, runbook(*people, STRANGER))]
    tenant.faults.clear()
    tenant.set_switches(not_unique_status=409)
    tenant.change_user("bjorn.berg@contoso.com", phones={"mobile": "+46 701740696"}, smsSignInAllowed=True)
    answers += [call(host, hr_body)]
    named = all_explicit_routes(host, people)
    assert {answer.status for answer in named} == {200, 400, 404}
    tenant.set_secret("service-account-password", "a-wrong-password-of-this-test")
    tenant.change_user("svc-mfa@contoso.com", password="a-new-password-of-this-test")
    tenant.faults.append(Fault("status", host="graph", status=401))
    answers += [call(host, runbook(*people))]
    assert [answer.status for answer in answers] == [200, 401, 400, 400, 400, 200, 200, 200, 502]
    answers += named
    assert len(tenant.writes()) > 15

    secrets = [
        HANDSHAKE,
        EXPLICIT_HANDSHAKE,
        WRONG,
        "sandbox-password-not-real",
        "a-wrong-password-of-this-test",
        "sandbox-client-secret-not-real",
        "body-password",
        SECRET_MAIL,
        given["IDENTITY_HEADER"],
        host.key,
        "eyJ0eXAi",  # how tokens begin,
        "eyJhbGci",  # either way
        "1.sandbox-refresh-",
    ]
    secrets += [base64.b64encode(secret.encode()).decode().rstrip("=") for secret in secrets[:7]]
    numbers |= {*all_numbers(box), "46701740697", "46701740696", "46701740695"}
    log = host.log()
    for place, text in [("log", log), *((f"answer {index}", answer.text) for index, answer in enumerate(answers))]:
        assert not [secret for secret in [*secrets, *map(quote, secrets)] if secret in text], place
        digits = PUNCTUATION.sub("", text)
        assert not [number for number in numbers if number in digits], place

    lines = levelled(log)
    assert {"DEBUG", "INFO", "WARNING", "ERROR"} <= {level for level, _ in lines}
    loud = "\n".join(line for level, line in lines if level != "DEBUG").lower()
    names = {form.lower() for upn in [*people, STRANGER] for form in (upn, quote(upn, safe=""), quote(upn, safe="@"))}
    assert not [name for name in names if name in loud]
    # What the operator needs is there: each user by object id, and one line for each request.
    assert tenant.user("bjorn.berg@contoso.com").id in loud
    for answer in answers:
        cid = answer.headers.get("correlation-id") or answer.body["correlationId"]
        # Who only reads leaves a line if something was wrong.
        assert answer in named or any(cid in line for _, line in lines)


def test_every_line_of_ours_carries_a_correlation_id(box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host(PROTECTED_GROUP_ID=GROUP, PYTHON_ENABLE_DEBUG_LOGGING="1")
    sprinkle_faults(box)
    answers = [
        call(host, runbook(*box.tenant.snapshot())),
        call(host, b"faulty"),
        call(host, runbook("bjorn.berg@contoso.com"), headers=[]),
    ]
    ids = {answer.body["correlationId"] for answer in answers}
    ours = lines_in(host.log())
    assert len(ours) > 10
    assert {line.get("correlationId") for line in ours} == ids
    assert sorted(line["status"] for line in ours if line.get("event") == "request") == [200, 400, 401]


def all_explicit_routes(host: HostProcess, people: list[str]) -> list[Answer]:
    """Each route on which the caller names values, and each that shows them masked."""
    head = handshake(EXPLICIT_HANDSHAKE)
    values = [{"userPrincipalName": upn, "mobile": "+46 701740697", "email": SECRET_MAIL} for upn in people]
    odd = [{"userPrincipalName": upn, "mobile": "+46 7017406970000000"} for upn in people]
    table = "UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval\n" + "".join(
        f"{upn},+46 701740696,,+46 701740697,true,true\n" for upn in people
    )
    attributes = [
        {"name": "mfa_phoneNumber_mobile", "op": "Set", "value": "+46 701740697"},
        {"name": "password", "op": "Set", "value": "body-password"},
    ]
    plan = {"accountRequests": [{"op": "Modify", "nativeIdentity": u, "attributeRequests": attributes} for u in people]}
    xml = f'<ProvisioningPlan><AccountRequest nativeIdentity="{people[0]}" password="body-password" op=”Modify”/>'
    bodies = [
        ("set", json.dumps(values), []),
        ("set", json.dumps(odd), []),
        ("set", table, [("Accept", "text/csv")]),
        ("set", table.replace("+46 701740696", "46701740696"), []),
        ("provision", json.dumps(plan), []),
        ("provision", xml, []),
    ]
    answers = [call(host, text.encode(), headers=[*head, *more], path=f"/api/{path}") for path, text, more in bodies]
    single = [
        ("GET", "methods", b""),
        ("GET", "phone-methods/office", b""),
        ("PATCH", "phone-methods/mobile", b'{"phoneNumber":"+46 701740695"}'),
        ("PATCH", "phone-methods/mobile", b'{"phoneNumber":"+4670174069500"}'),
        ("PATCH", "phone-methods/mobile", b'{"phoneNumber":46701740695}'),
        ("GET", "phone-methods/46701740697", b""),
    ]
    for upn in people[1:4]:
        for method, path, body in single:
            answers.append(call(host, body, headers=head, method=method, path=f"/api/users/{quote(upn)}/{path}"))
    return answers


def sprinkle_faults(box: SandboxTenant) -> None:
    box.tenant.faults.extend(
        [
            Fault("status", host="graph", path=r"\$filter=", status=503, retry_after=0, times=1),
            Fault("status", host="graph", method="GET", status=429, retry_after=0, percent=10),
            Fault("lost", host="graph", method="POST", times=1),
            Fault("truncate", host="graph", method="GET", percent=5),
            Fault("garbage", host="graph", method="PATCH", times=1),
            Fault("status", host="graph", method="PATCH", status=400, times=1, message="+46 701740606 is refused"),
            Fault("status", host="graph", method="PATCH", status=403, times=1),
            Fault("status", host="graph", method="POST", status=502, times=1),
            Fault("close", host="graph", method="PATCH", times=1),
        ]
    )


def all_numbers(box: SandboxTenant) -> Iterable[str]:
    """Every number of the tenant, in the directory or registered: its digits, and those without the country code."""
    for user in box.tenant.snapshot().values():
        texts = [method["phoneNumber"] for method in user["phoneMethods"].values()]
        texts += [value for value in (user["onPremisesExtensionAttributes"] or {}).values() if value]
        for text in texts:
            main = re.split(r"\s*(?:ext\.?|x)\s*", text)[0]
            digits = "".join(str(int(char)) for char in main if char.isdigit())
            national = re.sub(r"^(00|\+)?(46|44|1)(?=\d)", "", digits)
            yield from (form for form in (digits, national.lstrip("0")) if len(form) >= SHORTEST)


def levelled(log: str) -> list[tuple[str, str]]:
    """Lines with their level; a line without one belongs to the line before it."""
    level, lines = "INFO", []
    for line in log.splitlines():
        head = HEAD.match(line)
        level = head[1] if head else level
        lines.append((level, line))
    return lines
