"""survey/tenant.py: the registration report is read once, page by page, wherever it was interrupted."""

import json
from dataclasses import replace

import pytest

from shared.core.codes import Code
from shared.core.models import Stop
from shared.core.survey.graph import Registration, RegistrationPage
from shared.core.survey.tenant import Note
from shared.errors import SignInUnavailable
from shared.jobs.survey import tenant
from shared.jobs.survey.parts import facts, page_name
from tests.unit.jobs.survey.worlds import ReportWorld
from tests.unit.jobs.worlds import JOB
from tests.unit.people import NO_ANSWER

THROTTLED = Stop(Code.THROTTLED, "Later.")
RENAMED_LATER = RegistrationPage((Registration("anna", "anna.before@contoso.com", ("mobilePhone",)),), None)


def test_phones_are_read_along_with_the_report_and_only_of_those_who_are_asked_for(world: ReportWorld) -> None:
    world.directory.add("stranger", None, mobile="+46 701740699")
    world.asked_for("anna", "bo", "cy")
    world.survey.registered(anna=["mobilePhone"], stranger=["mobilePhone"])
    world.survey.registered(bo=["mobilePhone", "email"], cy=["email"])
    assert world.look()["unfinished"] == 0
    assert world.survey.asked_phones == [["anna"], ["bo"]]
    stored = b"".join(world.kept.contents.values())
    assert b"stranger" not in stored
    assert b"701740605" not in stored
    assert b"+46 *******05" in stored


def test_who_has_another_name_by_now_is_found_by_object_id(world: ReportWorld) -> None:
    world.survey.pages.append(RENAMED_LATER)
    world.asked_for("anna")
    world.look()
    world.write_rows()
    row = world.rows()["anna"]
    assert (row["methods"], row["phoneOnly"], row["retiresOn"]) == (["mobilePhone"], True, "2027-02-01")
    assert (row["registered"], row["drift"]) == ({"mobile": "+46 *******05"}, False)


def test_so_is_who_was_listed(world: ReportWorld) -> None:
    world.survey.pages.append(RENAMED_LATER)
    world.listed("anna", "bo")
    world.look()
    assert world.survey.asked_phones == [["anna"]]
    world.write_rows()
    rows = world.rows()
    assert (rows["anna"]["methods"], rows["anna"]["drift"], rows["bo"]["methods"]) == (["mobilePhone"], False, [])


def test_who_could_not_be_looked_for_is_not_said_to_have_nothing(world: ReportWorld) -> None:
    world.asked_for("anna", "bo")
    world.survey.registered(anna=["mobilePhone"], bo=["mobilePhone"])
    world.survey.away = {"bo"}
    assert world.look()["unfinished"] == 0
    world.survey.away = set()
    world.write_rows()
    row = world.rows()["bo"]
    assert (row["methods"], row["phoneOnly"], row["registered"]) == (None, None, {"mobile": "+46 *******66"})


def test_users_by_name_are_waited_for_while_graph_answers_for_none(world: ReportWorld) -> None:
    world.asked_for("anna", "bo")
    world.survey.registered(anna=["mobilePhone"])
    world.survey.away = {"anna", "bo"}
    assert (world.look()["unfinished"], world.survey.asked_pages) == (1, [])
    world.survey.away = set()
    assert world.look()["unfinished"] == 0


def test_done_again_it_asks_graph_nothing(world: ReportWorld) -> None:
    world.asked_for("anna")
    world.survey.registered(anna=["mobilePhone"])
    world.look()
    asked, world.survey.asked_pages = world.survey.asked_pages, []
    assert world.look()["unfinished"] == 0
    assert (asked, world.survey.asked_pages) == ([None], [])


def test_it_goes_on_where_it_was_stopped_and_tells_that_there_is_progress(world: ReportWorld) -> None:
    world.asked_for("anna", "bo")
    world.survey.registered(anna=["mobilePhone"])
    world.survey.pages.append(THROTTLED)
    assert world.look()["unfinished"] == 2
    assert world.look()["unfinished"] == 2
    world.survey.pages[1:] = []
    world.survey.registered(bo=["mobilePhone"])
    world.survey.asked_pages = []
    assert world.look()["unfinished"] == 0
    assert world.survey.asked_pages == ["1"]


def test_a_policy_that_cannot_be_read_for_the_moment_is_waited_for(world: ReportWorld) -> None:
    world.asked_for("anna")
    world.survey.registered(anna=["mobilePhone"])
    good, world.survey.found = world.survey.found, THROTTLED
    assert (world.look()["unfinished"], world.survey.asked_pages) == (1, [])
    world.survey.found = good
    assert world.look()["unfinished"] == 0


def test_what_graph_does_not_tell_ends_it_with_a_note(world: ReportWorld) -> None:
    world.asked_for("anna")
    world.survey.pages.append(Note(("methods",), "permissionMissing", "Grant it."))
    assert world.look()["unfinished"] == 0
    page = json.loads(world.kept.contents[JOB, page_name(0)])
    assert (page["entries"], page["next"], page["notes"][0]["code"]) == ([], None, "permissionMissing")


@pytest.mark.parametrize("a_page_each", [False, True])
def test_a_report_that_leads_back_to_itself_is_read_to_a_bound(
    world: ReportWorld, monkeypatch: pytest.MonkeyPatch, a_page_each: bool
) -> None:
    world.asked_for("anna")
    page = RegistrationPage((Registration("anna", "anna@contoso.com", ("mobilePhone",)),), "0")
    world.survey.pages.append(page)
    monkeypatch.setattr(tenant, "MAX_PAGES", 5)
    if a_page_each:
        monkeypatch.setattr(tenant, "CHUNK_DEADLINE_S", 30.0)
    told = [world.look()["unfinished"] for _ in range(7)]
    assert told[-1] == 0
    assert len(world.survey.asked_pages) == 5
    last = json.loads(world.kept.contents[JOB, page_name(5)])
    assert (last["next"], last["notes"][0]["code"]) == (None, "graphError")
    assert last["notes"][0]["columns"] == ["methods", "phoneOnly", "phishingResistant"]


def test_a_report_of_as_many_pages_as_there_may_be_is_whole(
    world: ReportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.asked_for("anna")
    monkeypatch.setattr(tenant, "MAX_PAGES", 3)
    for name in ("anna", "bo", "cy"):
        world.survey.registered(**{name: ["email"]})
    assert world.look()["unfinished"] == 0
    assert json.loads(world.kept.contents[JOB, page_name(2)])["notes"] == []


def test_what_is_known_is_not_that_of_an_earlier_job_with_the_same_id(world: ReportWorld) -> None:
    world.asked_for("anna")
    world.survey.registered(anna=["email"])
    world.look()
    job = world.store.find(JOB)
    assert job is not None
    before = facts(world.kept, job).of("anna", {"anna"})
    world.kept.contents.clear()
    world.survey.pages.clear()
    world.survey.registered(anna=["mobilePhone"])
    world.look()
    after = facts(world.kept, replace(job, created_at="2026-12-22T00:00:00.000+00:00")).of("anna", {"anna"})
    assert (before and before.methods, after and after.methods) == (("email",), ("mobilePhone",))


def test_phones_that_could_not_be_read_are_left_for_the_rows(world: ReportWorld) -> None:
    world.asked_for("anna")
    world.survey.registered(anna=["mobilePhone"])
    world.directory.unreadable["anna"] = NO_ANSWER
    world.look()
    assert json.loads(world.kept.contents[JOB, page_name(0)])["entries"] == [["anna", ["mobilePhone"], None]]


def test_without_a_sign_in_the_job_waits_and_a_cancelled_one_stops(world: ReportWorld) -> None:
    world.asked_for("anna")
    world.survey.trouble = SignInUnavailable("Entra is away")
    told = world.look()
    assert (told["unfinished"], told["pausedBy"]["code"], told["error"]) == (1, "signInUnavailable", None)
    world.store.cancel(JOB)
    assert world.look()["cancelled"] is True


def test_an_order_for_what_is_no_report_is_refused(world: ReportWorld) -> None:
    world.accepted("anna", dry_run=True)
    for told in (world.look(), world.write_rows(), world.settle()):
        assert told["error"]["code"] == "internal"
