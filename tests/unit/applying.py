"""What the tests of apply.py share: a user who needs writes, and the way to make them in a directory in memory."""

from shared.core.apply import Pending, apply_changes
from shared.core.codes import ChangeStatus, Code
from shared.core.models import Action, Method, Registered, Stop, Target, UserResult
from shared.core.plan import Policy, Want, Wanted, plan_user
from shared.deadline import Deadline
from tests.unit.people import MOBILE, InMemory, number

UNREADABLE = Stop(Code.DEADLINE, "The time was over.")


def mobile(text: str | None) -> Wanted:
    """The mobile number that is wanted, or none."""
    return Wanted({MOBILE: Want(None if text is None else number(text))})


def pending(directory: InMemory, wanted: Wanted, user_id: str = "u1", policy: Policy | None = None) -> Pending:
    """The writes that the planner wants for this user now."""
    (registered,) = directory.methods([(user_id, wanted.reading)], Deadline(10))
    assert isinstance(registered, Registered)
    plan = plan_user(wanted, registered, policy or Policy())
    assert any(change.is_write for change in plan.changes)
    directory.asked_methods.clear()
    directory.calls.clear()
    return Pending(Target(id=user_id), user_id, wanted, plan)


def apply(directory: InMemory, *items: Pending, policy: Policy | None = None) -> list[UserResult]:
    return apply_changes(items, directory, policy or Policy(), Deadline(10))


def apply_one(directory: InMemory, wanted: Wanted) -> UserResult:
    """Plans for u1 and writes."""
    (result,) = apply(directory, pending(directory, wanted))
    return result


def statuses(result: UserResult) -> dict[Method, ChangeStatus]:
    """Of a user with one change of each method."""
    assert len({done.change.method for done in result.changes}) == len(result.changes)
    return {done.change.method: done.status for done in result.changes}


def only_status(result: UserResult) -> ChangeStatus:
    (change,) = result.changes
    return change.status


def written(directory: InMemory) -> list[tuple[Method, Action]]:
    """All that was sent, in order, of all users."""
    return [(change.method, change.action) for _, change in directory.written]
