"""What the app answers where a guard has a say, held against the closed schemas."""

from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.connector.asking import Ask, finished, users
from tests.support import HANDSHAKE
from tests.whole.conftest import HostMaker

BJORN, CARLA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
APPROVER = "board.sandbox-approver-not-real"


def people(box: SandboxTenant, count: int) -> list[str]:
    """Users whose registered number is not the directory's."""
    upns = [f"moved{number}@contoso.com" for number in range(count)]
    for number, upn in enumerate(upns):
        phones = {"mobile": f"+1 20655501{number:02}"}
        box.tenant.add_user(upn, extensionAttribute15=f"+1 20655502{number:02}", phones=phones)
    return upns


def with_approver(box: SandboxTenant, new_host: HostMaker, storage: SandboxStorage) -> HostProcess:
    box.tenant.set_secret("webhook-caller-board", APPROVER.partition(".")[2])
    callers = '[{"name": "board", "rights": ["reconcile", "approve", "operate"]}]'
    return new_host(CALLERS=callers, AzureWebJobsStorage=storage.connection_string)


def test_too_many_overwrites_with_the_plan_and_its_approval(ask: Ask, box: SandboxTenant, new_host: HostMaker) -> None:
    with SandboxStorage() as storage:
        host, list_of_21 = with_approver(box, new_host, storage), users(*people(box, 21))
        refused = ask("ReconcileUsers", list_of_21, at=host, handshake=HANDSHAKE)
        assert (refused.status, refused.body["code"], len(refused.body["results"])) == (422, "tooManyOverwrites", 21)
        plan_id = refused.body["planId"]
        again = ask("ReconcileUsers", list_of_21, at=host, handshake=HANDSHAKE, if_match=f'"{plan_id}"')
        assert (again.status, again.body["planId"]) == (422, plan_id)
        written = ask("ReconcileUsers", list_of_21, at=host, handshake=APPROVER, if_match=f'"{plan_id}"')
        assert written.codes == ["updated"] * 21


def test_another_plan_than_the_one_that_was_seen(ask: Ask) -> None:
    seen = ask("ReconcileUsers", users(BJORN), query="dryRun=true").body["planId"]
    answer = ask("ReconcileUsers", users(BJORN, CARLA), if_match=seen)
    assert (answer.status, answer.body["code"], answer.codes) == (412, "planChanged", ["planned", "planned"])
    assert ask("ReconcileUsers", users(BJORN), if_match=seen).codes == ["updated"]


def test_the_limit_of_a_day_on_a_list_and_on_one_user(ask: Ask, new_host: HostMaker) -> None:
    host = new_host(MAX_OVERWRITES_PER_DAY="0", ALLOW_EXPLICIT_VALUES="true")
    assert ask("ReconcileUsers", users(BJORN), at=host).body["code"] == "dailyLimit"
    number = {"phoneNumber": "+46 701740690"}
    one = ask("UpdatePhoneauthenticationmethod", number, at=host, user=BJORN, type="mobile")
    assert (one.status, one.body["code"]) == (422, "dailyLimit")


def test_the_brake_on_a_list_and_on_one_user(ask: Ask, new_host: HostMaker) -> None:
    host = new_host(READ_ONLY="true", ALLOW_EXPLICIT_VALUES="true")
    stopped = ask("ReconcileUsers", users(BJORN), at=host)
    assert (stopped.status, stopped.body["code"], stopped.codes) == (503, "readOnly", ["planned"])
    assert ask("ReconcileUsers", users(BJORN), at=host, query="dryRun=true").codes == ["planned"]
    assert ask("DeletePhoneauthenticationmethod", at=host, user=BJORN, type="mobile").body["code"] == "readOnly"
    assert ask("ListPhonemethods", at=host, user=BJORN).status == 200


def test_the_life_of_a_dry_run_that_is_applied(ask: Ask) -> None:
    dry = ask("ReconcileUsers", users(BJORN), query="async=true&dryRun=true").body["jobId"]
    assert finished(ask, dry) == "succeeded"
    plan_id = ask("GetJobResult", id=dry).body["planId"]
    assert ask("ApplyJob", id=dry, if_match="of-another-plan").body["code"] == "planChanged"
    job = ask("ApplyJob", id=dry, if_match=plan_id).body["jobId"]
    assert ask("ApplyJob", id=dry).body["jobId"] == job
    assert finished(ask, job) == "succeeded"
    assert ask("GetJob", id=job).body["applies"] == dry
    assert ask("GetJobResult", id=job).codes == ["updated"]
    assert ask("ApplyJob", id=job).body["code"] == "notADryRun"
    assert ask("ApplyJob", id="0f0e0d0c-0b0a-4908-8706-050403020100").status == 404


def test_a_job_that_is_stopped_by_a_limit_and_applied_by_who_may_approve(
    ask: Ask, box: SandboxTenant, new_host: HostMaker
) -> None:
    with SandboxStorage() as storage:
        host = with_approver(box, new_host, storage)
        stopped = ask("ReconcileUsers", users(*people(box, 21)), at=host, query="async=true", handshake=HANDSHAKE)
        job = stopped.body["jobId"]
        assert finished(ask, job, at=host, handshake=HANDSHAKE) == "failed"
        result = ask("GetJobResult", id=job, at=host, handshake=HANDSHAKE)
        assert (result.body["error"]["code"], result.codes) == ("tooManyOverwrites", ["planned"] * 21)
        assert ask("ApplyJob", id=job, at=host, handshake=HANDSHAKE).body["code"] == "rightMissing"
        applied = ask("ApplyJob", id=job, at=host, handshake=APPROVER).body["jobId"]
        assert finished(ask, applied, at=host, handshake=APPROVER) == "succeeded"
