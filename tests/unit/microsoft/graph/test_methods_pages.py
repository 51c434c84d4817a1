"""graph/methods.py: lists of methods that come in pages."""

import pytest

from sandbox.tenant import SandboxTenant
from shared.core.codes import Code
from shared.core.models import Current, ReadScope, Stop, Target
from shared.deadline import Deadline
from shared.microsoft.graph import client as client_module
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.methods import MAX_PAGES, read_page
from shared.microsoft.graph.users import UserReader
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.people import ANNA, BJORN, MIA, Ids, directory_of, read, read_all
from tests.unit.odd import graph_of
from tests.unit.wire import HEAD, Line


@pytest.mark.parametrize("size", [1, 2, 3])
def test_next_links_are_followed_for_those_who_have_one(
    box: SandboxTenant, client: GraphClient, ids: Ids, size: int
) -> None:
    whole = read_all(client, ids(MIA))
    box.tenant.set_switches(methods_page_size=size)
    mia, anna, bjorn = read(client, ids(MIA), ids(ANNA), ids(BJORN), scope=ReadScope.ALL)
    assert isinstance(mia, Current)
    assert (mia.phones, mia.email, set(mia.others)) == (whole.phones, whole.email, set(whole.others))
    assert [isinstance(found, Current) and len(found.phones) for found in (anna, bjorn)] == [1, 1]


@pytest.mark.parametrize("status", [202, 206])
def test_what_is_not_said_to_be_the_whole_list_is_none(client: GraphClient, status: int) -> None:
    found = read_page(client, Answer(Fate.ANSWERED, status, {"value": []}))
    assert isinstance(found, Stop)
    assert found.code is Code.GRAPH_UNAVAILABLE


def test_a_list_on_one_page_costs_one_call(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    box.tenant.set_switches(methods_null_link=True)
    assert all(isinstance(found, Current) for found in read(client, ids(ANNA), ids(BJORN)))
    assert len(box.tenant.calls(path_contains="phoneMethods")) == 2


@pytest.mark.parametrize("null", [True, False])
def test_one_user_alone(box: SandboxTenant, client: GraphClient, users: UserReader, null: bool) -> None:
    box.tenant.change_user(ANNA, phones={"mobile": "+46 701740605", "office": "+46 701740611"})
    box.tenant.set_switches(methods_null_link=null, methods_page_size=None if null else 1)
    directory = directory_of(client, users)
    (found,) = directory.read([Target(upn=ANNA)], lambda *_: ReadScope.PHONES, Deadline(20))
    assert found.current is not None
    assert len(found.current.phones) == 2
    assert len(box.tenant.calls(path_contains="phoneMethods")) == (1 if null else 3)


@pytest.mark.parametrize("link", ['"/users/x"', '""', "7", "true", '"https://elsewhere.example/v1.0/x"'])
def test_a_link_that_leads_elsewhere_is_not_followed(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered may stand behind it: the list is not whole, and no answer."""
    Clock().rule(monkeypatch, client_module)
    asked: list[bytes] = []

    def script(line: Line) -> None:
        asked.append(line.request())
        body = f'{{"value":[],"@odata.nextLink":{link}}}'.encode()
        line.send(HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    with graph_of(script) as client:
        (found,) = read(client, "id-1")
    assert isinstance(found, Stop)
    assert found.code is Code.GRAPH_UNAVAILABLE
    assert len(asked) == 1


def test_a_list_without_an_end_is_given_up() -> None:
    asked: list[bytes] = []

    def script(line: Line) -> None:
        asked.append(line.request())
        host = next(part for part in asked[-1].split(b"\r\n") if part.lower().startswith(b"host:"))[5:].strip()
        body = b'{"value":[],"@odata.nextLink":"http://%b/v1.0/users/id-1/more"}' % host
        line.send(HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    with graph_of(script) as client:
        (found,) = read(client, "id-1")
    assert isinstance(found, Stop)
    assert found.code is Code.GRAPH_UNAVAILABLE
    assert len(asked) == 1 + MAX_PAGES
