"""api/lists.py: where the values come from."""

import json
import logging

import pytest

from shared.api.lists import handle_provision, handle_set
from shared.core.models import ServiceAccount
from tests.unit.api.lists.sending import ANNA, EXPLICIT_ROUTES, NAMED, PLAN, TABLE, USERS, VALUES, send
from tests.unit.people import MOBILE
from tests.unit.world import HEADERS, NEW, OLD, Handle, World, body, refusal, result_codes


def test_what_a_caller_adds_to_a_name_is_never_a_value_on_the_ordinary_route(world: World) -> None:
    response = send(world, VALUES)
    assert result_codes(response) == ["updated"]
    assert world.directory.phones["anna"] == {MOBILE: NEW}


@pytest.mark.parametrize("raw", [TABLE, b"UPN,Mobile\nanna@contoso.com,+46 701740699"], ids=["all", "two"])
def test_a_table_with_values_is_no_way_round_it(world: World, raw: bytes) -> None:
    """Even with the explicit handshake the ordinary route takes names and nothing else."""
    assert refusal(send(world, raw)) == (400, "invalidBody")
    assert world.directory.calls == []


@pytest.mark.parametrize("media_type", ["text/csv", "Text/CSV; charset=utf-8", "application/octet-stream", None])
def test_a_table_of_names_reconciles(world: World, media_type: str | None) -> None:
    headers = {**HEADERS, **({} if media_type is None else {"content-type": media_type})}
    response = send(world, b"UPN\r\nanna@contoso.com\r\n", headers)
    assert (result_codes(response), body(response)["source"]) == (["updated"], "directory")


def test_json_is_json_whatever_the_content_type_of_powershell_says(world: World) -> None:
    headers = {**HEADERS, "content-type": "application/x-www-form-urlencoded"}
    assert result_codes(send(world, USERS, headers)) == ["updated"]


@EXPLICIT_ROUTES
def test_no_caller_reaches_a_protected_user_or_the_webhooks_own_account(
    world: World, handle: Handle, sent: bytes
) -> None:
    world.directory.protected = frozenset({"anna"})
    assert result_codes(send(world, sent, handle=handle)) == ["protectedUser"]
    world.directory.protected = frozenset()
    world.account = ServiceAccount("anna", ANNA)
    assert result_codes(send(world, sent, handle=handle)) == ["serviceAccount"]
    assert world.directory.written == []


def test_a_national_number_is_read_in_the_default_region(world: World) -> None:
    sent = json.dumps([{"userPrincipalName": ANNA, "mobile": "070 174 06 99"}]).encode()
    assert result_codes(send(world, sent, handle=handle_set)) == ["invalidNumber"]
    world.words["source"] = type(world.services().source)(default_region="SE")
    assert result_codes(send(world, sent, handle=handle_set)) == ["updated"]
    assert world.directory.phones["anna"] == {MOBILE: NAMED}


def test_attributes_that_are_for_somebody_else_are_named_and_their_values_are_not(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = send(world, PLAN, handle=handle_provision)
    assert body(response)["results"][0]["ignored"] == ["password"]
    assert "hunter2" not in caplog.text + response.body.decode()


def test_one_user_under_two_names_with_two_values_is_a_faulty_body(world: World) -> None:
    user_id = "5b0e2f6c-0000-4000-8000-000000000001"
    world.directory.add(user_id, mobile=OLD)
    upn = world.directory.users[user_id].upn
    sent = [{"userPrincipalName": upn, "mobile": NAMED}, {"id": user_id, "mobile": NEW}]
    response = send(world, json.dumps(sent).encode(), handle=handle_set)
    assert refusal(response) == (400, "invalidBody")
    assert [fault["pointer"] for fault in body(response)["errors"]] == ["/1"]
    assert "the entry at /0" in body(response)["detail"]
    assert world.directory.written == []
    assert "701740" not in response.body.decode()
    sent[1]["mobile"] = NAMED.replace(" ", "")
    assert result_codes(send(world, json.dumps(sent).encode(), handle=handle_set)) == ["updated", "duplicateUser"]
