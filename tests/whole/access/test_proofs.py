"""Who a caller is: the handshake of a named one, and what is no proof."""

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.recorded import lines_in
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.access.people import ANNA, HR, SECRETS, methods, named, reconcile, refusal, users
from tests.whole.calls import Headers, call, handshake

NOBODY = (401, "unauthorized")


def test_a_named_caller_sends_its_name_and_its_secret(open_host: HostProcess) -> None:
    seen = len(open_host.log())
    assert reconcile(open_host, named("lists")).status == 200
    assert methods(open_host, named("reader")).status == 200
    log = open_host.log()[seen:]
    told = [(line["caller"], line["proof"]) for line in lines_in(log, "request")]
    assert told == [("lists", "handshake"), ("reader", "handshake")]
    assert not [secret for secret in SECRETS.values() if secret in log]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(handshake(SECRETS["lists"]), id="the secret alone"),
        pytest.param(handshake("lists"), id="the name alone"),
        pytest.param(handshake("lists."), id="an empty secret"),
        pytest.param(named("lists", SECRETS["reader"]), id="another's secret"),
        pytest.param(handshake(f"LISTS.{SECRETS['lists']}"), id="the name in capitals"),
        pytest.param(handshake(f"lists:{SECRETS['lists']}"), id="another sign between"),
        pytest.param(handshake(f"lists. {SECRETS['lists']}"), id="a space between"),
        pytest.param(named("lists", SECRETS["lists"].upper()), id="the secret in capitals"),
        pytest.param(handshake(f"webhook-handshake.{HANDSHAKE}"), id="the ordinary one by name"),
        pytest.param(handshake(f"nobody.{SECRETS['lists']}"), id="an unknown name"),
        pytest.param(handshake(f".{HANDSHAKE}"), id="no name"),
        pytest.param([*named("lists"), *named("lists")], id="twice"),
        pytest.param([*named("lists"), *handshake()], id="beside the ordinary one"),
        pytest.param(handshake(f"{HR.name}.{HR.secret}"), id="of one that only signs"),
        pytest.param(handshake("iam."), id="of one that has no secret"),
        pytest.param([("X-Message", f"lists.{SECRETS['lists']}")], id="in another header"),
    ],
)
def test_what_is_nobodys_handshake(open_host: HostProcess, box: SandboxTenant, headers: Headers) -> None:
    assert refusal(reconcile(open_host, headers)) == NOBODY
    assert box.tenant.calls("graph") == []


def test_a_caller_of_entra_has_no_secret_even_if_the_vault_has_one(
    rereading_host: HostProcess, open_host: HostProcess, box: SandboxTenant
) -> None:
    box.tenant.set_secret("webhook-caller-iam", "sandbox-iam-handshake-not-real")
    for host in (rereading_host, open_host):
        assert refusal(reconcile(host, handshake("iam.sandbox-iam-handshake-not-real"))) == NOBODY
    assert "webhook-caller-iam" not in [call.path.split("/")[2] for call in box.tenant.calls("vault")]


def test_both_handshakes_of_before_work_beside_named_callers(open_host: HostProcess) -> None:
    assert reconcile(open_host, handshake()).status == 200
    assert reconcile(open_host, handshake(EXPLICIT_HANDSHAKE)).status == 200
    assert methods(open_host, handshake(EXPLICIT_HANDSHAKE), "show=full").status == 200


def test_the_first_proof_that_is_there_decides_though_a_later_one_would_hold(open_host: HostProcess) -> None:
    body = users(dryRun=True)
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller"):
        for value in ("x", "", " "):
            assert refusal(reconcile(open_host, [*named("lists"), (name, value)])) == NOBODY, (name, value)
    wrong = [(name, f"{value}A" if name == "webhook-signature" else value) for name, value in HR.headers(body)]
    assert refusal(call(open_host, body, "", [*wrong, *handshake()])) == NOBODY


def test_the_401_is_one_sentence_that_names_the_header_and_nothing_that_was_sent(
    open_host: HostProcess,
) -> None:
    body = users(dryRun=True)
    stale, forged = HR.headers(body, seconds_ago=301), [*HR.headers(body)[:3], ("webhook-caller", "nobody-at-all")]
    answers = [reconcile(open_host, headers) for headers in ([], handshake("wrong-handshake-x"), named("lists", "x"))]
    answers += [call(open_host, body, "", headers) for headers in (stale, forged)]
    answers += [call(open_host, b"", "", handshake("wrong"), method="GET", path=f"/api/users/{ANNA}/methods")]
    details = {(answer.status, answer.body["detail"]) for answer in answers}
    assert len(details) == 1
    ((status, detail),) = details
    assert (status, "Message" in detail, "webhook-" in detail) == (401, True, True)
    assert not [word for word in ("wrong-handshake-x", "nobody-at-all", "lists", "secret is") if word in detail]
    assert not [word for word in ("nobody-at-all", "wrong-handshake-x") if word in open_host.log()]
