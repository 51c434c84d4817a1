"""Signed calls about jobs: what is signed is the method and the path, so that a signature fits one job alone."""

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.signing import Signer
from tests.waiting import wait_for
from tests.whole.access.people import ANNA, HR, LISTS, OTHER, of_path, post, refusal, signed, users
from tests.whole.calls import call

NOBODY, UNKNOWN = (401, "unauthorized"), (404, "jobNotFound")
PHONES = f"/api/users/{ANNA}/phone-methods"


@pytest.fixture
def job(open_host: HostProcess) -> str:
    return begun(open_host, LISTS)


def begun(host: HostProcess, signer: Signer, **beside: object) -> str:
    """The path of a job that has ended."""
    answer = post(host, signer, users(**{"async": True, "dryRun": True, **beside}))
    assert answer.status == 202, answer.text
    path = f"/api/jobs/{answer.body['jobId']}"
    wait_for(lambda: signed(host, signer, "GET", path).body["status"], lambda status: status == "succeeded")
    return path


@pytest.mark.parametrize("signer", [LISTS, HR], ids=["may sign", "only signs"])
def test_a_list_becomes_a_job_and_its_sender_follows_it(open_host: HostProcess, signer: Signer) -> None:
    path = begun(open_host, signer)
    status = signed(open_host, signer, "GET", path)
    assert (status.status, status.body["caller"], status.body["dryRun"]) == (200, signer.name, True)
    result = signed(open_host, signer, "GET", f"{path}/result")
    assert (result.status, [each["code"] for each in result.body["results"]]) == (200, ["planned"])
    listed = signed(open_host, signer, "GET", "/api/jobs")
    assert path.rpartition("/")[2] in [each["jobId"] for each in listed.body["value"]]
    assert {each["caller"] for each in listed.body["value"]} == {signer.name}
    assert signed(open_host, signer, "DELETE", path).status == 200


def test_a_signature_for_one_job_or_method_or_part_fits_no_other(open_host: HostProcess, job: str) -> None:
    another = begun(open_host, LISTS)
    ways = [("GET", job), ("DELETE", job), ("GET", f"{job}/result"), ("GET", another), ("GET", "/api/jobs")]
    for method, path in ways:
        for signed_method, signed_path in ways:
            headers = of_path(LISTS, signed_method, signed_path)
            answer = call(open_host, b"", "", headers, method=method, path=path)
            if (method, path) == (signed_method, signed_path):
                assert answer.status == 200
            else:
                assert refusal(answer) == NOBODY, (method, path, signed_method, signed_path)


def test_a_replayed_one_is_401_too(open_host: HostProcess, job: str) -> None:
    headers = of_path(LISTS, "GET", job)
    statuses = [call(open_host, b"", "", headers, method="GET", path=job).status for _ in range(2)]
    assert statuses == [200, 401]


@pytest.mark.parametrize(
    "text", ["", "{job}", "GET{job}", "get {job}", "GET  {job}", "GET {job}/", "GET {job}?skip=0", "GET {id}"]
)
def test_what_is_signed_is_method_blank_and_path(open_host: HostProcess, job: str, text: str) -> None:
    content = text.format(job=job, id=job.removeprefix("/api")).encode()
    answer = call(open_host, b"", "", LISTS.headers(content), method="GET", path=job)
    assert refusal(answer) == NOBODY


def test_skip_and_status_and_what_the_host_needs_are_free(open_host: HostProcess, job: str) -> None:
    for query in ("skip=0", "status=planned&skip=0", "code=a-key", "clientId=default"):
        assert signed(open_host, LISTS, "GET", f"{job}/result", query).status == 200
    assert signed(open_host, LISTS, "GET", f"{job}/result", "skip=x").status == 400
    assert refusal(signed(open_host, LISTS, "DELETE", job, "dryRun=true")) == (400, "invalidQuery")


def test_the_path_is_signed_decoded_and_as_it_was_sent(open_host: HostProcess, job: str) -> None:
    """Whatever names the job otherwise has to be signed like that, and names no other one."""
    identity = job.rpartition("/")[2]
    encoded = job.replace("-", "%2D", 1)
    assert call(open_host, b"", "", of_path(LISTS, "GET", job), method="GET", path=encoded).status == 200
    for sent in (f"{job}/", f"/API/Jobs/{identity}", f"/api/jobs/{identity.upper()}", f"/api/jobs/{{{identity}}}"):
        answer = call(open_host, b"", "", of_path(LISTS, "GET", job), method="GET", path=sent)
        assert refusal(answer) == NOBODY, sent
        assert call(open_host, b"", "", of_path(LISTS, "GET", sent), method="GET", path=sent).status == 200, sent
    twice = job.replace("-", "%252D", 1)
    assert call(open_host, b"", "", of_path(LISTS, "GET", job), method="GET", path=twice).status == 401
    decoded_once = job.replace("-", "%2D", 1)
    answer = call(open_host, b"", "", of_path(LISTS, "GET", decoded_once), method="GET", path=twice)
    assert refusal(answer) == UNKNOWN
    slash = f"/api/jobs/{identity}%2Fresult"
    answer = call(open_host, b"", "", of_path(LISTS, "GET", f"{job}/result"), method="GET", path=slash)
    assert refusal(answer) == UNKNOWN
    dots = f"/api/jobs/x/../{identity}"
    assert call(open_host, b"", "", of_path(LISTS, "GET", job), method="GET", path=dots).status in (401, 404)


def test_other_peoples_jobs_do_not_exist(open_host: HostProcess, job: str) -> None:
    for signer in (OTHER, HR):
        for method, path in (("GET", job), ("GET", f"{job}/result"), ("DELETE", job)):
            assert refusal(signed(open_host, signer, method, path)) == UNKNOWN


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", PHONES, b""),
        ("GET", f"{PHONES}/mobile", b""),
        ("GET", f"/api/users/{ANNA}/methods", b""),
        ("DELETE", f"{PHONES}/mobile", b""),
        ("PATCH", f"{PHONES}/mobile", b'{"phoneNumber": "+46 701740690"}'),
        ("POST", PHONES, b'{"phoneType": "office", "phoneNumber": "+46 701740690"}'),
        ("POST", f"{PHONES}/mobile/enable-sms-sign-in", b""),
        ("POST", f"{PHONES}/mobile/disable-sms-sign-in", b""),
    ],
)
def test_nothing_else_can_be_signed(
    open_host: HostProcess, box: SandboxTenant, method: str, path: str, body: bytes
) -> None:
    """Not even by a caller with the right to do it."""
    content = f"{method} {path}".encode() if method in ("GET", "DELETE") else body
    assert refusal(call(open_host, body, "", HR.headers(content), method=method, path=path)) == (403, "rightMissing")
    assert box.tenant.calls("graph") == []


def test_asynchronous_is_a_boolean_and_only_for_lists_by_name(open_host: HostProcess) -> None:
    for value in ("true", 1, None):
        assert refusal(post(open_host, LISTS, users(**{"async": value}))) == (400, "invalidBody")
    assert post(open_host, LISTS, users(**{"async": False, "dryRun": True})).status == 200
    body = users(operation="set", **{"async": True})
    assert refusal(post(open_host, HR, body, "/api/set")) == (400, "invalidBody")
