"""credit.py: a chunk that ran twice says what it would have said had it run once."""

from collections.abc import Callable, Sequence

import pytest

from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.models import Change, Outcome, OutcomeKind, SmsState, Stop
from shared.core.plan import Policy
from shared.core.report import Json
from shared.jobs.credit import credited, in_doubt, learnt
from shared.jobs.store import BlobJobStore
from shared.services import Phase, Weighed
from tests.unit.graph_rules import Account
from tests.unit.jobs.worlds import JOB, JobWorld, codes
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, InMemory, failed, obeyed
from tests.unit.world import NEW, OLD

OTHER = "+46 701740611"
People = Callable[[JobWorld], None]


def updated(world: JobWorld) -> None:
    world.directory.add("anna", NEW, mobile=OLD)


def added(world: JobWorld) -> None:
    world.directory.add("anna", NEW)


def removed(world: JobWorld) -> None:
    world.directory.add("anna", None, mobile=OLD)


def two_kinds(world: JobWorld) -> None:
    world.directory.add_account("anna", Account({MOBILE: OLD}), {MOBILE: NEW, OFFICE: OTHER})


def moved(world: JobWorld) -> None:
    account = Account({MOBILE: OLD, ALTERNATE: OTHER})
    world.directory.add_account("anna", account, {MOBILE: OTHER, ALTERNATE: None})


def half_invalid(world: JobWorld) -> None:
    world.directory.add_account("anna", Account({}), {MOBILE: NEW, OFFICE: "not a number"})


def one_kept(world: JobWorld) -> None:
    world.directory.add_account("anna", Account({MOBILE: NEW}), {MOBILE: NEW, OFFICE: OTHER})


CASES: list[People] = [updated, added, removed, two_kinds, moved, half_invalid, one_kept]
EACH = pytest.mark.parametrize("people", CASES, ids=[case.__name__ for case in CASES])


class Killed(BaseException):
    pass


class Dying(BlobJobStore):
    """The process is killed, once, when it is about to store results."""

    dies = True

    def put_results(
        self,
        job_id: str,
        phase: Phase,
        chunk: int,
        results: list[Json],
        version: str | None = None,
        weighed: Sequence[Weighed | None] = (),
    ) -> bool:
        if phase is Phase.RESULT and self.dies:
            self.dies = False
            raise Killed
        return super().put_results(job_id, phase, chunk, results, version, weighed)


def undisturbed(people: People, world: JobWorld) -> list[Json]:
    """What one run says; the directory is as before afterwards."""
    people(world)
    world.accepted("anna")
    world.plan()
    world.apply()
    found = world.results()
    people(world)
    return found


@EACH
def test_killed_between_the_writes_and_the_report(
    people: People, world: JobWorld, connect: Callable[[], object]
) -> None:
    expected = undisturbed(people, JobWorld(BlobJobStore(connect)))  # type: ignore[arg-type]
    _forget(world.store)
    world.store = world.words["store"] = Dying(connect)  # type: ignore[arg-type]
    people(world)
    world.plan()
    with pytest.raises(Killed):
        world.apply()
    writes = list(world.directory.written)
    assert writes != []
    world.apply()
    assert world.results() == expected
    assert world.directory.written == writes


@EACH
def test_a_second_run_in_the_middle_of_the_first(people: People, world: JobWorld) -> None:
    expected = undisturbed(people, world)
    _forget(world.store)
    world.plan()
    world.directory.written.clear()

    def meanwhile(directory: InMemory, user_id: str, change: Change) -> Outcome:
        world.apply()
        assert world.results() == expected
        _forget(world.store, Phase.RESULT)
        return directory.obey(user_id, change)

    world.directory.script("anna", meanwhile)
    world.apply()
    assert world.results() == expected


def test_killed_after_one_of_two_changes_of_which_the_other_then_fails(
    world: JobWorld, connect: Callable[[], object]
) -> None:
    world.store = world.words["store"] = Dying(connect)  # type: ignore[arg-type]
    two_kinds(world)
    world.accepted("anna")
    world.plan()
    world.directory.script("anna", world.directory.__class__.obey, failed)
    with pytest.raises(Killed):
        world.apply()
    world.directory.script("anna", failed)
    world.apply()
    (body,) = world.results()
    assert (body["status"], body["code"]) == ("failed", "partial")
    assert [change["code"] for change in body["changes"]] == ["updated", "forbidden"]  # type: ignore[attr-defined]


IDLE, OFF_TOO, READY = SmsState.NOT_ENABLED, SmsState.NOT_CONFIGURED, SmsState.READY


@pytest.mark.parametrize(
    ("held", "before", "on", "after", "code"),
    [
        (NEW, IDLE, True, READY, "enabled"),
        (NEW, READY, False, IDLE, "disabled"),
        (NEW, READY, False, OFF_TOO, "disabled"),
        (OLD, OFF_TOO, False, OFF_TOO, "updated"),
    ],
    ids=["on", "off", "off in another state", "off all the time"],
)
def test_sms_sign_in_that_was_switched_before_the_end(
    world: JobWorld,
    connect: Callable[[], object],
    held: str,
    before: SmsState,
    on: bool,
    after: SmsState,
    code: str,
) -> None:
    world.words["source"] = DirectorySource(sms_sign_in=on)
    world.store = world.words["store"] = Dying(connect)  # type: ignore[arg-type]
    account = Account({MOBILE: held}, state=before)
    world.directory.add_account("anna", account, {MOBILE: NEW})
    world.accepted("anna")
    world.plan()
    with pytest.raises(Killed):
        world.apply()
    writes = len(world.directory.written)
    account.state = after
    world.apply()
    assert (codes(world.results()), writes, len(world.directory.written)) == ([code], 1, 1)


# The rules one by one


def change(status: str, code: str, method: str = "mobile", action: str = "update", before: str = "…66") -> Json:
    told = {"status": status, "code": code, "message": f"{method} {code}"}
    return {"method": method, "action": action, "before": before, "after": "…05", **told}


def user(status: str, code: str, *changes: Json) -> Json:
    return {"userId": "anna", "status": status, "code": code, "message": "m", "changes": list(changes)}


PLAN = user("planned", "planned", change("planned", "planned"))


def test_what_this_run_did_itself_stays_as_it_is() -> None:
    final = user("changed", "updated", change("applied", "updated"))
    assert credited(PLAN, final) is final


def test_a_user_who_cannot_be_read_any_more_gets_no_credit() -> None:
    final = user("failed", "throttled")
    assert credited(PLAN, final) is final


def test_what_was_right_from_the_beginning_is_not_claimed() -> None:
    plan = user("planned", "planned", change("unchanged", "unchanged"), change("planned", "planned", "office", "add"))
    final = user("changed", "added", change("unchanged", "unchanged"), change("applied", "added", "office", "add"))
    assert credited(plan, final) is final


def test_another_method_that_is_skipped_makes_no_failure_of_it() -> None:
    plan = user("planned", "planned", change("planned", "planned"), change("skipped", "valueMismatch", "office"))
    final = user(
        "skipped", "valueMismatch", change("unchanged", "unchanged"), change("skipped", "valueMismatch", "office")
    )
    found = credited(plan, final)
    assert (found["status"], found["code"], found["message"]) == (
        *("changed", "updated"),
        "The mobile method was updated.",
    )


def test_another_method_that_changed_meanwhile_makes_the_user_partial() -> None:
    plan = user("planned", "planned", change("planned", "planned"), change("planned", "planned", "office", "add"))
    left = change("skipped", "planChanged", "office", "keep")
    found = credited(plan, user("skipped", "planChanged", change("unchanged", "unchanged"), left))
    assert (found["status"], found["code"], found["message"]) == ("failed", "partial", "m")
    assert [each["status"] for each in found["changes"]] == ["applied", "skipped"]  # type: ignore[attr-defined]


IN_DOUBT = in_doubt(PLAN, PLAN)


def test_a_change_that_cannot_be_looked_at_any_more_stays_in_doubt() -> None:
    """Its number is not valid any more, and what is registered is not what there was before."""
    kept = change("failed", "invalidNumber", action="keep", before="…05")
    found = learnt(PLAN, IN_DOUBT, user("failed", "invalidNumber", kept))
    assert (found["status"], found["code"]) == ("failed", "partial")
    ((left,),) = [found["changes"]]
    assert (left["action"], left["status"], left["code"]) == ("update", "unknown", "invalidNumber")


def test_of_a_user_who_was_not_begun_the_last_run_decides() -> None:
    final = user("failed", "invalidNumber", change("failed", "invalidNumber", action="keep"))
    assert learnt(PLAN, PLAN, final) is final


def test_what_is_known_to_be_done_is_not_in_doubt() -> None:
    plan = user("planned", "planned", change("planned", "planned"), change("planned", "planned", "office", "add"))
    known = user("failed", "partial", change("applied", "updated"), change("failed", "throttled", "office", "add"))
    found = in_doubt(plan, known)["changes"]
    assert [each["status"] for each in found] == ["applied", "unknown"]


def _forget(store: BlobJobStore, *phases: Phase) -> None:
    with store._blobs._answering() as container:
        for phase in phases or (Phase.PLAN, Phase.RESULT):
            for name in list(container.list_blob_names(name_starts_with=f"{JOB}/{phase}/")):
                container.delete_blob(name)


def test_a_switch_that_is_planned_again_with_a_masked_number_keeps_no_other_half_from_being_tried(
    world: JobWorld,
) -> None:
    world.words |= {"source": DirectorySource(sms_sign_in=True), "policy": Policy(rewrite_masked=True)}
    world.directory.masks = True
    world.directory.add_account("dee", Account({MOBILE: OLD}), {MOBILE: OLD, OFFICE: "+46 81234577"})
    world.accepted("dee")
    world.plan()

    def throttled(_directory: InMemory, _user: str, _change: Change) -> Outcome:
        return Outcome(OutcomeKind.FAILED, Stop(Code.THROTTLED, "Graph asked to wait."))

    world.directory.script("dee", obeyed, throttled, obeyed)
    assert world.apply()["unfinished"] == 1
    world.apply()
    assert world.results()[0]["status"] == "changed"
