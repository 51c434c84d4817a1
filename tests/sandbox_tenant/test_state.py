from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from sandbox.tenant import Fault, SandboxTenant, Tenant, Throttle
from sandbox.tenant.directory import change_user
from sandbox.tenant.kinds import DELETE_ONLY

from .conftest import ANNA, SVC, GraphClient

SMALL = {
    "tenantId": "00000000-0000-4000-8000-000000000001",
    "users": [{"userPrincipalName": "only.one@contoso.com", "phones": {"mobile": "+1 2065550101"}}],
}


def test_reset_brings_back_the_seed_and_forgets_the_rest(box: SandboxTenant, graph: GraphClient) -> None:
    before = box.tenant.snapshot()
    graph.change_phone(ANNA, "+46 701740606")
    box.tenant.add_user(userPrincipalName="new@contoso.com")
    box.tenant.set_switches(duplicate_status=409)
    box.tenant.faults.append(Fault("status", path="nowhere"))
    box.tenant.throttle = Throttle(1)
    box.tenant.latency_ms = 5
    assert box.tenant.snapshot() != before
    box.tenant.reset()
    assert box.tenant.snapshot() == before
    assert (box.tenant.requests, box.tenant.faults, box.tenant.throttle, box.tenant.latency_ms) == ([], [], None, 0)
    assert box.tenant.switches.duplicate_status == 400
    assert graph.get("/users?$top=1").status_code == 200  # a token from before is still good


def test_a_snapshot_is_json_and_a_copy() -> None:
    tenant = Tenant("contoso")
    snapshot = tenant.snapshot()
    assert json.loads(json.dumps(snapshot)) == snapshot
    snapshot[ANNA]["attributes"]["displayName"] = "changed"
    assert tenant.snapshot()[ANNA]["attributes"]["displayName"] == "Anna Andersson"


def test_two_tenants_of_one_seed_are_equal() -> None:
    assert Tenant("contoso").snapshot() == Tenant("contoso").snapshot()


def test_a_seed_can_be_a_mapping_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL), encoding="utf-8")
    tenants = [Tenant(SMALL), Tenant(path), Tenant(str(path))]
    assert [list(tenant.snapshot()) for tenant in tenants] == [["only.one@contoso.com"]] * 3


def test_a_seed_with_an_unknown_word_is_refused_and_the_old_tenant_stays() -> None:
    tenant = Tenant(SMALL)
    with pytest.raises(ValueError, match="shoeSize"):
        tenant.load({**SMALL, "users": [{"userPrincipalName": "x@contoso.com", "shoeSize": 42}]})
    assert list(tenant.snapshot()) == ["only.one@contoso.com"]


def test_the_same_user_twice_is_refused() -> None:
    tenant = Tenant(SMALL)
    with pytest.raises(ValueError, match="already"):
        tenant.add_user(userPrincipalName="ONLY.one@contoso.com")


def test_a_user_is_changed_in_the_words_of_a_seed() -> None:
    tenant = Tenant("contoso")
    tenant.change_user(ANNA, extensionAttribute15="+46 701740699", mobilePhone="+46 701740698", phones={})
    shown = tenant.snapshot()[ANNA]
    assert shown["onPremisesExtensionAttributes"] == {"extensionAttribute15": "+46 701740699"}
    assert shown["attributes"]["mobilePhone"] == "+46 701740698"
    assert shown["phoneMethods"] == {}


def test_a_user_can_be_renamed() -> None:
    tenant = Tenant("contoso")
    tenant.change_user(ANNA, userPrincipalName="anna.berg@contoso.com")
    assert tenant.find_user(ANNA) is None
    assert tenant.user("anna.berg@contoso.com").property("displayName") == "Anna Andersson"


def test_a_user_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Tenant(SMALL).user("nobody@contoso.com")


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        Tenant(SMALL).set_switches(speed=9)


def test_the_words_of_the_package_docstring_are_all_known() -> None:
    tenant = Tenant(SMALL)
    words = {
        "onPremisesExtensionAttributes": None,
        "absent": ["mail"],
        "phones": {"mobile": {"phoneNumber": "+1 2065550101", "smsSignInState": "ready"}},
        "email": "all@example.com",
        "methods": [{"kind": "microsoftAuthenticator", "id": "a1", "displayName": "Phone"}],
        "defaultMethod": "a1",
        "onPremisesSyncEnabled": True,
        "roles": ["Global Reader"],
        "password": "sandbox-x",
        "smsSignInAllowed": True,
        "forbidden": True,
        "signInError": 50076,
        "hiddenFilterReads": 1,
    }
    user = tenant.add_user(userPrincipalName="all@contoso.com", id="00000000-0000-4000-8000-0000000000AA", **words)
    assert user.id == "00000000-0000-4000-8000-0000000000aa"
    change_user(user, words)
    assert user.phones["mobile"].sms_state == "ready"
    shown = tenant.snapshot()["all@contoso.com"]
    assert {word: shown[word] for word in ("email", "methods", "defaultMethod")} == {
        word: words[word] for word in ("email", "methods", "defaultMethod")
    }
    assert tenant.add_user("gone@contoso.com", deleted=True) in tenant.deleted_users()
    assert "gone@contoso.com" not in tenant.snapshot()


def test_many_threads_can_write_at_once() -> None:
    tenant = Tenant(SMALL)

    def add(first: int) -> None:
        for number in range(50):
            tenant.add_user(userPrincipalName=f"user{first + number}@contoso.com")

    threads = [threading.Thread(target=add, args=(start * 50,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tenant.snapshot()) == 201


def test_the_seed_tenant_shows_every_case() -> None:
    people = Tenant("contoso").snapshot()
    assert 25 <= len(people) <= 40
    names = " ".join(people)
    assert all(piece in names for piece in ("'", "+", "#EXT#", "$", "å", "ë", SVC))
    assert any(person["defaultMethod"] for person in people.values())
    assert any({"mobile", "alternateMobile"} <= person["phoneMethods"].keys() for person in people.values())
    assert any("office" in person["phoneMethods"] for person in people.values())
    assert any(person["email"] for person in people.values())
    assert any(person["attributes"].get("onPremisesSyncEnabled") for person in people.values())
    assert {method["kind"] for person in people.values() for method in person["methods"]} == DELETE_ONLY.keys()
    assert list(Tenant("contoso").deleted_users())
    assert any(person["onPremisesExtensionAttributes"] is None for person in people.values())
