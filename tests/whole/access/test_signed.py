"""Signed calls: whose signature, over which bytes, of which moment."""

import base64
import itertools

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.recorded import lines_in
from tests.signing import Signer, signature
from tests.whole.access.people import BJORN, HR, LISTS, OTHER, SECRETS, plan, post, refusal, users, values
from tests.whole.calls import call

NOBODY = (401, "unauthorized")
BODY = users(dryRun=True)


@pytest.mark.parametrize("signer", [HR, LISTS], ids=["whsec_", "plain"])
def test_a_signed_list_is_done_as_its_body_says(open_host: HostProcess, box: SandboxTenant, signer: Signer) -> None:
    seen = len(open_host.log())
    dry = post(open_host, signer, BODY)
    assert (dry.status, dry.codes, dry.body["dryRun"]) == (200, ["planned"], True)
    assert box.tenant.writes() == []
    done = post(open_host, signer, users())
    assert (done.status, done.codes, done.body["dryRun"]) == (200, ["updated"], False)
    assert [write.user for write in box.tenant.writes()] == [BJORN]
    log = open_host.log()[seen:]
    told = [(line["caller"], line["proof"]) for line in lines_in(log, "request")]
    assert told == [(signer.name, "signature")] * 2
    assert signer.secret not in log


@pytest.mark.parametrize(("path", "body"), [("/api/set", values), ("/api/provision", plan)], ids=["set", "provision"])
def test_signed_values(open_host: HostProcess, box: SandboxTenant, path: str, body: object) -> None:
    assert callable(body)
    assert post(open_host, HR, body(dryRun=True), path).codes == ["planned"]
    assert box.tenant.writes() == []
    assert post(open_host, HR, body(), path).codes == ["updated"]
    assert refusal(post(open_host, LISTS, body(), path)) == (403, "rightMissing")


def test_an_id_is_good_once_for_each_caller(open_host: HostProcess, box: SandboxTenant) -> None:
    headers = HR.headers(BODY, webhook_id="evt_replayed")
    assert call(open_host, BODY, "", headers).status == 200
    seen = len(open_host.log())
    assert refusal(call(open_host, BODY, "", headers)) == NOBODY
    assert "replayed" in open_host.log()[seen:]
    # Another body, another time and another signature are of no use.
    for body in (BODY, users()):
        assert refusal(post(open_host, HR, body, webhook_id="evt_replayed", seconds_ago=7)) == NOBODY
    assert post(open_host, LISTS, BODY, webhook_id="evt_replayed").status == 200
    assert post(open_host, HR, BODY, webhook_id="evt_replayeD").status == 200
    assert box.tenant.writes() == []


def test_an_id_is_used_up_only_when_the_signature_held(open_host: HostProcess) -> None:
    right = HR.headers(BODY, webhook_id="evt_guessed_by_others")
    forged = [(name, "v1,AAAA" if name == "webhook-signature" else value) for name, value in right]
    assert refusal(call(open_host, BODY, "", forged)) == NOBODY
    assert call(open_host, BODY, "", right).status == 200


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller", "body"])
def test_one_byte_changed(open_host: HostProcess, box: SandboxTenant, part: str) -> None:
    given = dict(HR.headers(BODY))
    body = BODY
    if part == "body":
        body = BODY.replace(b"true", b"tru ") if b"true" in BODY else BODY
    else:
        place = 8 if part == "webhook-signature" else -1
        given[part] = _other(given[part], place)
    assert refusal(call(open_host, body, "", list(given.items()))) == NOBODY
    assert box.tenant.calls("graph") == []


def test_white_space_added_to_the_body_is_a_change(open_host: HostProcess) -> None:
    headers = HR.headers(BODY)
    for body in (BODY + b"\n", b" " + BODY, BODY.replace(b", ", b","), b"\xef\xbb\xbf" + BODY, b""):
        assert refusal(call(open_host, body, "", headers)) == NOBODY
    assert call(open_host, BODY, "", headers).status == 200


@pytest.mark.parametrize(("seconds_ago", "status"), [(301.5, 401), (-302, 401), (290, 200), (-290, 200), (10**9, 401)])
def test_a_signature_counts_for_five_minutes_either_way(
    open_host: HostProcess, seconds_ago: float, status: int
) -> None:
    assert post(open_host, HR, BODY, seconds_ago=seconds_ago).status == status


@pytest.mark.parametrize("order", [0, 1, 2], ids=["first", "in the middle", "last"])
def test_of_several_signatures_one_has_to_hold(open_host: HostProcess, order: int) -> None:
    """A sender that changes its key signs with both; other versions are ignored."""
    headers = dict(HR.headers(BODY))
    others = ["v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==", "v1,AAAA"]
    others.insert(order, headers["webhook-signature"])
    headers["webhook-signature"] = " ".join(others)
    assert call(open_host, BODY, "", list(headers.items())).status == 200


def test_the_right_signature_under_another_version_is_none(open_host: HostProcess) -> None:
    headers = dict(HR.headers(BODY))
    for version in ("v1a", "v2", "V1", "", "v1,v1"):
        changed = {**headers, "webhook-signature": headers["webhook-signature"].replace("v1", version, 1)}
        assert refusal(call(open_host, BODY, "", list(changed.items()))) == NOBODY


def test_a_signature_is_of_its_caller(open_host: HostProcess) -> None:
    """What another one has signed, and names that are no secret's."""
    assert refusal(post(open_host, Signer("other-lists", SECRETS["lists"]), BODY)) == NOBODY
    for name in ("lists ", "LISTS", "webhook-handshake", "iam", "nobody", "lists.sandbox"):
        expected = 200 if name == "lists " else 401  # HTTP takes the space away
        assert post(open_host, Signer(name, SECRETS["lists"]), BODY).status == expected, name
    assert post(open_host, OTHER, BODY).status == 200


def test_a_secret_that_is_base64_is_its_bytes_and_its_text_signs_nothing(open_host: HostProcess) -> None:
    text = HR.secret.removeprefix("whsec_")
    for secret in (text, f"{base64.b64decode(text).decode()}", HR.secret.replace("whsec_", "whsec-")):
        answer = post(open_host, Signer(HR.name, secret), BODY)
        # The decoded bytes are the key itself, whoever they are given by.
        assert (answer.status == 200) is (secret == "sandbox-signing-key-not-real"), secret


def test_headers_that_are_repeated_are_joined_and_hold_no_more(open_host: HostProcess) -> None:
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller"):
        headers = HR.headers(BODY)
        twice = list(itertools.chain(headers, [pair for pair in headers if pair[0] == name]))
        assert refusal(call(open_host, BODY, "", twice)) == NOBODY, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("webhook-id", value) for value in ("", "a" * 129, "evt.1", "evt 1", "ä", "evt/1", "evt_1\u0661")),
        *(("webhook-timestamp", value) for value in ("", "now", "-1", "+1", "1e9", "1.5", "0x1", "9" * 400, "\u0661")),
        *(("webhook-signature", value) for value in ("", "v1", "v1,", ",", "v1,%%%", " ", "v1,ä", "v1," + "A" * 9000)),
    ],
)
def test_what_is_malformed_is_401_though_it_is_signed(open_host: HostProcess, name: str, value: str) -> None:
    given = dict(HR.headers(BODY))
    given[name] = value
    if name != "webhook-signature":
        given["webhook-signature"] = signature(HR.secret, given["webhook-id"], given["webhook-timestamp"], BODY)
    headers = [(key, text.encode()) for key, text in given.items()]
    assert refusal(call(open_host, BODY, "", headers)) == NOBODY


def test_without_storage_nobody_can_sign(closed_host: HostProcess, box: SandboxTenant) -> None:
    answer = post(closed_host, HR, BODY)
    assert refusal(answer) == (503, "storageUnavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert refusal(post(closed_host, Signer(HR.name, "another-secret-not-real"), BODY)) == NOBODY
    assert box.tenant.calls("graph") == []


def _other(text: str, place: int) -> str:
    characters = list(text)
    characters[place] = "1" if characters[place] != "1" else "2"
    return "".join(characters)
