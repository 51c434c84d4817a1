"""Users found through a reader; their attributes, or why there are none."""

from shared.core.codes import Code
from shared.core.models import Method, Stop, Target, User
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.users import UserReader

IDS = ("5b0e2f6c-0000-4000-8000-000000000001", "5b0e2f6c-0000-4000-8000-000000000002")
ANNA = Target(upn="anna.andersson@contoso.com")
BJORN = Target(upn="bjorn.berg@contoso.com")
NOBODY = Target(upn="nobody@contoso.com")


def reader(client: GraphClient, mobile: str, **others: str) -> UserReader:
    """Attributes by the name of their method."""
    return UserReader(client, {Method.MOBILE: mobile} | {Method(kind): name for kind, name in others.items()})


def source(found: User | Stop, method: Method = Method.MOBILE) -> str | Stop | None:
    return user(found).attributes[method]


def find(users: UserReader, *targets: Target) -> list[User | Stop]:
    found = users.find(targets, Deadline(20))
    assert set(found) == set(targets)
    return [found[target] for target in targets]


def user(found: User | Stop) -> User:
    assert isinstance(found, User)
    return found


def code(found: User | Stop) -> Code:
    assert isinstance(found, Stop)
    return found.code
