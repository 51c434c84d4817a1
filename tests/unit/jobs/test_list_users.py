"""jobs/list_users.py: pages of users become the list of a job, whoever reads them and however often."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.core.codes import Code
from shared.core.listed import UserPage
from shared.core.models import Stop, User
from shared.deadline import Deadline
from shared.errors import ConfigurationError, GroupNotFound, JobsUnavailable, SignInUnavailable, StorageUnavailable
from shared.jobs import list_users as module
from shared.jobs.list_users import list_users
from shared.services import Job
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import MOBILE
from tests.unit.world import NEW

GROUP = "9009c000-0000-4000-8000-00000000009c"
ORDER = {"jobId": JOB, "chunk": 0}


class Pages:
    """The UserPages protocol: prepared pages; each leads to the next one."""

    def __init__(self, *pages: list[str]) -> None:
        self.pages: list[UserPage | Stop] = [
            UserPage(tuple(map(user, names)), str(place + 1) if place + 1 < len(pages) else None)
            for place, names in enumerate(pages)
        ]
        self.asked: list[str] = []
        self.of: list[str] = []

    def first(self, group_id: str) -> str:
        self.of.append(group_id)
        return "0"

    def read(self, path: str, _deadline: Deadline) -> UserPage | Stop:
        self.asked.append(path)
        return self.pages[int(path)]


def user(name: str) -> User:
    value = None if name.startswith("none") else NEW
    return User(f"id-{name}", f"{name}@contoso.com", {MOBILE: value}, None)


@pytest.fixture
def listing(world: JobWorld) -> Callable[..., Pages]:
    def begin(*pages: list[str], scope: str = "everyone", **words: object) -> Pages:
        found = Pages(*pages)
        world.words |= {"pages": found, "source": replace(world.services().source, remove_on_empty=False)}
        job = Job(JOB, "f", "2026-11-22T00:00:00.000Z", 0, 0, True, scope=scope)
        world.store.claim(replace(job, **words))  # type: ignore[arg-type]
        return found

    return begin


def run(world: JobWorld) -> dict[str, object]:
    return list_users(world.services(), ORDER)


def names(world: JobWorld) -> list[str]:
    job = world.store.find(JOB)
    assert job is not None
    found = [target for chunk in range(job.chunks) for target in world.store.users(JOB, chunk)]
    assert len(found) == job.users
    return [str(target.upn).partition("@")[0] for target in found]


def test_all_pages_become_one_list_of_whom_something_is_desired(world: JobWorld, listing: Callable[..., Pages]) -> None:
    pages = listing(["anna", "none-1"], [], ["bo", "anna"])
    assert run(world)["counts"] == {"listed": 2}
    assert names(world) == ["anna", "bo"]
    assert (pages.asked, pages.of) == (["0", "1", "2"], [""])
    ((target, listed),) = list(world.store.listed_users(JOB, 0).items())[:1]
    assert (target.upn, listed.id, set(listed.tags)) == ("anna@contoso.com", "id-anna", {MOBILE})
    (indexed,) = world.store.listed(None, "", 9)
    assert indexed.users == 2


def test_an_applied_dry_run_that_found_nobody_is_about_nobody(world: JobWorld, listing: Callable[..., Pages]) -> None:
    pages = listing(["anna"], applies=JOB)
    assert run(world)["counts"] == {"listed": 0}
    assert pages.asked == []


def test_a_report_is_about_those_too_for_whom_nothing_is_desired(
    world: JobWorld, listing: Callable[..., Pages]
) -> None:
    listing(["anna", "none-1"], is_report=True)
    run(world)
    assert names(world) == ["anna", "none-1"]


def test_the_members_of_a_group(world: JobWorld, listing: Callable[..., Pages]) -> None:
    assert listing(["anna"], scope=GROUP).of == []
    run(world)
    assert names(world) == ["anna"]


def test_nobody_is_a_list_too(world: JobWorld, listing: Callable[..., Pages]) -> None:
    listing(["none-1"])
    assert run(world)["counts"] == {"listed": 0}
    assert run(world)["error"] is None
    assert names(world) == []


def test_more_than_one_chunk(world: JobWorld, listing: Callable[..., Pages]) -> None:
    listing([f"user{number}" for number in range(201)])
    run(world)
    job = world.store.find(JOB)
    assert job is not None
    assert (job.users, job.chunks, len(names(world))) == (201, 2, 201)


def test_a_repeated_run_reads_nothing_again(world: JobWorld, listing: Callable[..., Pages]) -> None:
    pages = listing(["anna"], ["bo"])
    first = run(world)
    assert run(world) == first
    assert pages.asked == ["0", "1"]


def test_it_goes_on_behind_the_pages_that_are_stored(
    world: JobWorld, listing: Callable[..., Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = listing(["anna"], ["bo"], ["cy"])
    third, pages.pages[2] = pages.pages[2], Stop(Code.THROTTLED, "Later.")
    told = run(world)
    assert (told["pausedBy"], told["unfinished"]) == ({"code": "throttled", "detail": "Later."}, module.MAX_PAGES - 2)
    pages.pages[2] = third
    with monkeypatch.context() as patched:
        # There is no time to begin a page.
        patched.setattr(module, "LEAST_S", module.LIMIT_S + 1)
        told = run(world)
        assert (told["pausedBy"], told["unfinished"]) == (None, module.MAX_PAGES - 2)
    assert run(world)["unfinished"] == 0
    assert names(world) == ["anna", "bo", "cy"]
    assert pages.asked == ["0", "1", "2", "2"]


def test_more_users_than_one_list_may_have_end_the_job(world: JobWorld, listing: Callable[..., Pages]) -> None:
    world.words["max_users"] = 2
    listing(["anna", "bo"], ["cy"], ["dee"])
    error = run(world)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "tooManyUsers"
    assert "MAX_USERS" in error["detail"]


def test_pages_that_lead_in_a_circle_end_the_job(
    world: JobWorld, listing: Callable[..., Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 5)
    pages = listing(["anna"], ["bo"])
    pages.pages[1] = UserPage((user("bo"),), "0")
    error = run(world)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "graphUnavailable"
    assert len(pages.asked) == 5


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (GroupNotFound("No group has this id. Nothing was done."), "groupNotFound"),
        (ConfigurationError("to list users, the app needs User.Read.All"), "configuration"),
        (None, "graphError"),
    ],
)
def test_what_waiting_cannot_mend_ends_the_job(
    world: JobWorld, listing: Callable[..., Pages], cause: Exception | None, error: str
) -> None:
    listing(["anna"]).pages[0] = Stop(Code.GRAPH_ERROR, "No.", cause)  # type: ignore[arg-type]
    told = run(world)
    assert told["unfinished"] == 0
    found = told["error"]
    assert isinstance(found, dict)
    assert found["code"] == error
    assert "User.Read.All" not in json.dumps(found)


@pytest.mark.parametrize("away", [SignInUnavailable("away"), StorageUnavailable("away")])
def test_a_service_that_is_away_is_waited_for(world: JobWorld, listing: Callable[..., Pages], away: Exception) -> None:
    listing(["anna"])
    world.sign_in_trouble = away
    told = run(world)
    assert (told["error"], told["unfinished"]) == (None, module.MAX_PAGES)
    world.sign_in_trouble = None
    assert run(world)["counts"] == {"listed": 1}


def test_job_storage_that_is_away_is_waited_for(
    world: JobWorld, listing: Callable[..., Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    listing(["anna"])

    def away(*_: object) -> None:
        raise JobsUnavailable("away")

    monkeypatch.setattr(world.store, "put_page", away)
    told = run(world)
    assert (told["pausedBy"]["code"], told["error"]) == ("jobsUnavailable", None)


def test_a_job_that_is_cancelled_lists_nobody(world: JobWorld, listing: Callable[..., Pages]) -> None:
    pages = listing(["anna"])
    world.store.cancel(JOB)
    assert run(world)["cancelled"] is True
    assert pages.asked == []


def test_an_order_for_a_job_that_lists_nobody_ends_it(world: JobWorld) -> None:
    for order in (ORDER, {**ORDER, "jobId": "5b3d6c1e-0000-4000-8000-000000000009"}):
        world.store.claim(Job(JOB, "f", "2026-11-22T00:00:00.000Z", 0, 0, True))
        assert list_users(world.services(), order)["error"]["code"] == "internal"


def test_no_number_is_stored(
    world: JobWorld, listing: Callable[..., Pages], blobs: Callable[[], dict[str, bytes]]
) -> None:
    listing(["anna"], ["bo"])
    run(world)
    assert not any(b"740605" in content for content in blobs().values())
