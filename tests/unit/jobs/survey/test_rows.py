"""survey/rows.py: one chunk of users."""

from dataclasses import replace

from shared.core.listed import ListedUser
from shared.core.survey.tenant import Note
from shared.jobs.chunks import pack_listed
from tests.unit.jobs.survey.worlds import ReportWorld
from tests.unit.jobs.worlds import JOB
from tests.unit.people import FORBIDDEN, NO_ANSWER


def look_at(world: ReportWorld, **methods: list[str]) -> None:
    world.asked_for("anna", "bo", "cy", "nobody")
    world.survey.registered(**methods)
    world.look()
    world.survey.asked_phones = []


def test_what_was_read_with_the_report_is_not_read_again(world: ReportWorld) -> None:
    look_at(world, anna=["mobilePhone"], bo=["mobilePhone", "fido2"])
    told = world.write_rows()
    assert told["counts"] == {"reported": 3, "failed": 1}
    assert world.survey.asked_phones == [[]]
    rows = world.rows()
    assert [rows[name]["drift"] for name in ("anna", "bo", "cy")] == [False, True, False]
    assert [rows[name]["methods"] for name in ("anna", "cy", "nobody")] == [["mobilePhone"], [], None]
    assert rows["nobody"]["code"] == "userNotFound"


def test_users_whose_phones_could_not_be_read_are_tried_again_and_only_they(world: ReportWorld) -> None:
    world.directory.unreadable["bo"] = NO_ANSWER
    look_at(world, anna=["mobilePhone"], bo=["mobilePhone"])
    assert world.write_rows()["unfinished"] == 1
    assert (world.rows()["bo"]["status"], world.rows()["bo"]["registered"]) == ("failed", None)
    del world.directory.unreadable["bo"]
    told = world.write_rows()
    assert (told["unfinished"], told["counts"]) == (0, {"reported": 3, "failed": 1})
    assert world.survey.asked_phones == [["bo"], ["bo"]]
    world.survey.asked_phones = []
    assert world.write_rows()["counts"] == told["counts"]
    assert world.survey.asked_phones == []


def test_who_is_out_of_reach_for_good_is_reported_with_what_is_known(world: ReportWorld) -> None:
    world.directory.unreadable["bo"] = FORBIDDEN
    look_at(world, anna=["mobilePhone"], bo=["mobilePhone"])
    assert world.write_rows()["unfinished"] == 0
    row = world.rows()["bo"]
    assert (row["status"], row["code"], row["registered"], row["drift"]) == ("failed", "forbidden", None, None)
    assert (row["methods"], row["phoneOnly"], row["retiresOn"]) == (["mobilePhone"], True, "2027-02-01")


def test_without_the_registration_report_all_are_asked_about(world: ReportWorld) -> None:
    world.asked_for("anna", "bo", "cy")
    world.survey.pages.append(Note(("methods",), "noLicense", "P1"))
    world.look()
    world.write_rows()
    assert world.survey.asked_phones == [["anna", "bo", "cy"]]
    assert [row["phoneOnly"] for row in world.rows().values()] == [None, None, None]
    assert [row["retiresOn"] for row in world.rows().values()] == ["2027-02-01", "2027-02-01", None]


def test_a_report_that_was_not_read_to_its_end_counts_for_nothing(world: ReportWorld) -> None:
    world.asked_for("anna", "bo", "cy")
    world.survey.registered(anna=["mobilePhone"])
    world.survey.pages.append(NO_ANSWER)
    assert world.look()["unfinished"]
    world.write_rows()
    assert [row["methods"] for row in world.rows().values()] == [None, None, None]
    assert world.rows()["bo"]["registered"] == {"mobile": "+46 *******66"}
    world.settle()
    assert [note["code"] for note in world.settled()["notes"]] == ["deadline"]


def test_who_bears_the_name_of_a_listed_user_by_now_is_not_shown(world: ReportWorld) -> None:
    look_at(world, anna=["mobilePhone"], bo=["mobilePhone"])
    anna, bo = (world.directory.users[name] for name in ("anna", "bo"))
    job = world.store.find(JOB)
    assert job is not None
    world.store._blobs.remove(f"{JOB}/job.json")
    world.store.claim(replace(job, scope="9009c000-0000-4000-8000-00000000009c"))
    world.store.put_listing(JOB, 2, pack_listed([(user.upn, ListedUser(user.id, {})) for user in (anna, bo)]))
    world.directory.users["bo"] = replace(bo, upn="bo.new@contoso.com")
    world.directory.users["cy"] = replace(world.directory.users["cy"], upn=bo.upn)
    world.write_rows()
    assert (world.rows()["anna"]["status"], world.rows()["anna"]["code"]) == ("reported", None)
    row = world.rows()["bo"]
    assert (row["status"], row["code"], row["desired"], row["userId"]) == ("failed", "userNotFound", None, None)
