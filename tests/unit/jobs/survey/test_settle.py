"""survey/settle.py: what only all rows together tell."""

from shared.core.models import Target
from shared.jobs.chunks import pack
from tests.unit.jobs.survey.worlds import ReportWorld
from tests.unit.jobs.worlds import JOB
from tests.unit.world import NEW

OTHERS = [f"other{n}" for n in range(200)]


def test_numbers_are_compared_over_all_chunks(world: ReportWorld) -> None:
    """Bo should have the number that Anna has; they are in two chunks."""
    world.asked_for("anna", *OTHERS, "bo")
    world.survey.registered(anna=["mobilePhone"], bo=["mobilePhone"])
    world.look(), world.write_rows(0), world.write_rows(1), world.settle()
    settled = world.settled()
    assert len(settled["shared"]) == 1
    assert (settled["figures"]["users"], settled["figures"]["sharedNumber"]) == (202, 2)
    assert (settled["figures"]["failed"], settled["figures"]["drift"]) == (200, 1)


def test_a_user_who_is_named_twice_shares_nothing_and_counts_once(world: ReportWorld) -> None:
    world.directory.add("dora", "+46 701740611", mobile="+46 701740611")
    world.asked_for("dora", "cy")
    world.store.put_list(JOB, pack([Target("dora@contoso.com"), Target(id="dora")], {}))
    world.survey.registered(dora=["mobilePhone"])
    world.look(), world.write_rows(), world.settle()
    assert (world.settled()["shared"], world.settled()["figures"]["users"]) == ([], 1)


def test_settled_again_it_says_the_same(world: ReportWorld) -> None:
    world.asked_for("anna")
    world.survey.registered(anna=["mobilePhone", "telepathy"])
    world.look(), world.write_rows(), world.settle()
    first = world.settled()
    assert [note["code"] for note in first["notes"]] == ["unknownMethod"]
    world.directory.phones["anna"].clear()
    assert world.settle()["error"] is None
    assert world.settled() == first
    assert NEW.encode() not in b"".join(world.kept.contents.values())
