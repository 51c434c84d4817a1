"""api/caller.py: headers of App Service Authentication, and when they are a caller's own."""

import pytest

from shared.errors import Unauthorized
from shared.settings.callers import Require
from tests.unit.api.identifying import IAM, LISTS, peopled, signed_headers, who
from tests.unit.world import HEADERS, World

ID, PROVIDER = "x-ms-client-principal-id", "x-ms-client-principal-idp"
AAD = {ID: IAM, PROVIDER: "aad"}


@pytest.fixture
def world() -> World:
    world = peopled()
    world.believes_entra = True
    return world


@pytest.mark.parametrize("given", [IAM, IAM.upper(), f" {IAM} "])
@pytest.mark.parametrize("provider", ["aad", "AAD"])
def test_the_object_id_is_a_callers(world: World, given: str, provider: str) -> None:
    assert who(world, {ID: given, PROVIDER: provider}).name == "iam"
    assert world.log == []


@pytest.mark.parametrize("given", ["", " ", "iam", f"{IAM},{IAM}", f"{IAM}, {IAM}", IAM[:-1], "\ud800", f"{{{IAM}}}"])
def test_one_that_is_not_is_401_whatever_the_handshake(world: World, given: str) -> None:
    for beside in ({}, HEADERS, {"message": f"lists.{LISTS.secret}"}):
        with pytest.raises(Unauthorized) as refusal:
            who(world, {ID: given, PROVIDER: "aad", **beside})
        assert refusal.value.detail.startswith("the Entra ID token belongs to no caller")
    assert world.log == []


@pytest.mark.parametrize("provider", ["", "google", "aad,aad", "aad ", "aadb2c", "\ud800"])
def test_of_another_provider_they_count_as_absent(world: World, provider: str) -> None:
    assert who(world, {ID: IAM, PROVIDER: provider, **HEADERS}).name == "webhook-handshake"
    with pytest.raises(Unauthorized):
        who(world, {ID: IAM, PROVIDER: provider})


@pytest.mark.parametrize("headers", [{ID: IAM}, {PROVIDER: "aad"}, {"x-ms-client-principal": "e30=", PROVIDER: "aad"}])
def test_one_without_the_other_counts_as_absent(world: World, headers: dict[str, str]) -> None:
    assert who(world, {**headers, **HEADERS}).name == "webhook-handshake"


def test_where_the_platform_does_not_set_them_they_count_as_absent(world: World) -> None:
    world.believes_entra = False
    assert who(world, {**AAD, **HEADERS}).name == "webhook-handshake"
    assert who(world, {**AAD, **signed_headers(LISTS)}).name == "lists"
    with pytest.raises(Unauthorized) as refusal:
        who(world, AAD)
    assert refusal.value.detail.startswith("the handshake is missing")


@pytest.mark.parametrize("require", Require)
def test_it_is_enough_whatever_is_required(world: World, require: Require) -> None:
    world.require = require
    assert who(world, AAD).name == "iam"
