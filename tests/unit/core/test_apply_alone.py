"""apply.py: writes that were lost together are not sent together again."""

import pytest

from shared.core.codes import Code
from shared.core.models import Change, Outcome, OutcomeKind
from tests.unit.core.applying import apply, mobile, user_plan
from tests.unit.people import NO_ANSWER, InMemory, lost_before, refused

NEW = "+46 701740605"


def lost_with_others(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    """A batch was cut off before anything was done."""
    return Outcome(OutcomeKind.LOST, NO_ANSWER, lost_with_others=True)


@pytest.fixture
def directory() -> InMemory:
    directory = InMemory()
    for user_id in ("u1", "u2", "u3", "u4"):
        directory.add(user_id)
    return directory


def test_only_what_was_lost_with_others_goes_alone(directory: InMemory) -> None:
    directory.script("u2", lost_with_others)
    directory.script("u3", lost_before)
    directory.script("u4", lost_with_others)
    results = apply(directory, *(user_plan(directory, mobile(NEW), user_id) for user_id in directory.users))
    assert [result.code for result in results] == [Code.ADDED] * 4
    assert directory.alone == [[], ["u2", "u4"]]


def test_the_next_change_of_a_user_travels_with_others_again(directory: InMemory) -> None:
    directory.script("u1", lost_with_others, refused)
    directory.script("u2", refused)
    apply(directory, *(user_plan(directory, mobile(NEW), user_id) for user_id in ("u1", "u2")))
    assert directory.alone == [[], ["u1"]]
