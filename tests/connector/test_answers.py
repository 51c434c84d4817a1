"""What the app really answers, held against the closed schemas: every kind of answer that the sandbox can provoke."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.models import PHONES
from tests.connector.asking import Ask, plan, users
from tests.connector.definition import Json, enum
from tests.support import HANDSHAKE
from tests.whole.conftest import HostMaker


def test_a_report_of_everybody(ask: Ask, box: SandboxTenant) -> None:
    everybody = [user.user_principal_name for user in box.tenant.users()]
    answer = ask("ReconcileUsers", users(*everybody, "nobody@contoso.com"))
    assert {"unchanged", "added", "updated", "sourceEmpty", "invalidNumber", "userNotFound"} <= set(answer.codes)


def test_a_dry_run(ask: Ask) -> None:
    answer = ask("ReconcileUsers", users("bjorn.berg@contoso.com"), query="dryRun=true")
    assert (answer.body["dryRun"], answer.codes) == (True, ["planned"])


def test_a_report_as_csv(ask: Ask) -> None:
    answer = ask("ReconcileUsers", users("bjorn.berg@contoso.com"), accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert {"plan-id", "correlation-id"} <= answer.headers.keys()


def test_given_values_of_every_kind(ask: Ask) -> None:
    entry = {
        "userPrincipalName": "carla.diaz@contoso.com",
        **{"mobile": "+1 2065550120", "alternateMobile": "+1 2065550121", "office": "+1 2065550122x7"},
        **{"email": "carla@example.com", "smsSignIn": True},
    }
    answer = ask("SetUserMethods", users(entry, {"id": "not-there", "mobile": None}))
    assert answer.status == 400
    answer = ask("SetUserMethods", users(entry))
    assert {change["method"] for change in answer.body["results"][0]["changes"]} == entry.keys() - {"userPrincipalName"}
    removal = {key: None for key in entry if key not in ("userPrincipalName", "smsSignIn")}
    answer = ask("SetUserMethods", users({"userPrincipalName": "carla.diaz@contoso.com", **removal}))
    assert {change["action"] for change in answer.body["results"][0]["changes"]} >= {"remove"}


def test_a_provisioning_plan_with_what_is_ignored(ask: Ask) -> None:
    attributes = [("mfa_phoneNumber_mobile", "Set", "+46 701740690"), ("department", "Set", "Sales")]
    answer = ask("ProvisionUsers", plan("bjorn.berg@contoso.com", *attributes))
    assert answer.body["results"][0]["ignored"] == ["department"]


def test_methods_of_a_user_who_has_every_kind(ask: Ask, document: Json, box: SandboxTenant) -> None:
    mia = "mia.manymethods@contoso.com"
    box.tenant.change_user(mia, phones={method: f"+46 70174068{i}" for i, method in enumerate(PHONES)})
    answer = ask("ListMethods", user=mia, handshake=HANDSHAKE)
    assert {method["method"] for method in answer.body["value"]} == enum(document, "Method", "method")


def test_numbers_in_clear(ask: Ask) -> None:
    answer = ask("ListPhonemethods", user="anna.andersson@contoso.com", query="show=full")
    assert [method["phoneNumber"] for method in answer.body["value"]] == ["+46 701740605"]


def test_the_life_of_a_job(ask: Ask) -> None:
    accepted = ask("ReconcileUsers", users("bjorn.berg@contoso.com"), query="async=true")
    assert accepted.status == 202
    job = accepted.body["jobId"]
    assert ask("GetJobResult", id=job).status in (200, 202)
    while (seen := ask("GetJob", id=job)).body["status"] in ("notStarted", "running"):
        assert "retry-after" in seen.headers
    assert "retry-after" not in seen.headers
    assert ask("GetJobResult", id=job, query="status=changed").codes == ["updated"]
    table = ask("GetJobResult", id=job, accept="text/csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["plan-id"] == seen.body["planId"]
    assert ask("CancelJob", id=job).body["status"] == "succeeded"
    assert job in [listed["jobId"] for listed in ask("ListJobs").body["value"]]
    assert ask("GetJob", id="0f0e0d0c-0b0a-4908-8706-050403020100").status == 404


def test_the_life_of_a_phone_method(ask: Ask) -> None:
    carla = "carla.diaz@contoso.com"
    new = {"phoneType": "mobile", "phoneNumber": "+1 2065550120"}
    assert ask("CreatePhoneauthenticationmethod", new, user=carla).status == 201
    assert ask("CreatePhoneauthenticationmethod", new, user=carla).status == 409
    assert ask("GetPhonemethod", user=carla, type="mobile").status == 200
    changed = {"phoneNumber": "+1 2065550121"}
    assert ask("UpdatePhoneauthenticationmethod", changed, user=carla, type="mobile").body["code"] == "updated"
    assert ask("UpdatePhoneauthenticationmethod", changed, user=carla, type="mobile").body["code"] == "unchanged"
    assert ask("DeletePhoneauthenticationmethod", user=carla, type="mobile").status == 204
    assert ask("DeletePhoneauthenticationmethod", user=carla, type="mobile").status == 404
    assert ask("GetPhonemethod", user=carla, type="mobile").status == 404
    assert ask("UpdatePhoneauthenticationmethod", changed, user=carla, type="mobile").status == 404


def test_sms_sign_in_off_and_on_and_where_it_is_not_allowed(ask: Ask) -> None:
    sara = "sara.smssignin@contoso.com"
    answers = [
        ask("DisableSmsSignin", user=sara),
        ask("EnableSmsSignin", user=sara),
        ask("EnableSmsSignin", user=sara),
        ask("EnableSmsSignin", user="anna.andersson@contoso.com"),
    ]
    assert [answer.body["code"] for answer in answers] == ["disabled", "enabled", "unchanged", "smsSignInNotAllowed"]


def test_health(ask: Ask) -> None:
    assert ask("CheckHealth", handshake="").status == 200


@pytest.mark.parametrize("query", ["dryRun=perhaps", "dryRun="])
@pytest.mark.parametrize("operation_id", ["ReconcileUsers", "SetUserMethods", "ProvisionUsers"])
def test_a_dry_run_that_is_not_understood(ask: Ask, operation_id: str, query: str) -> None:
    answer = ask(operation_id, users("anna.andersson@contoso.com"), query=query)
    assert (answer.status, answer.body["code"]) == (400, "invalidQuery")


@pytest.mark.parametrize("operation_id", ["ReconcileUsers", "SetUserMethods", "ProvisionUsers"])
def test_faults_of_a_body(ask: Ask, operation_id: str) -> None:
    answer = ask(operation_id, {"users": ["x"] * 200, "accountRequests": [{}] * 200})
    assert (answer.status, len(answer.body["errors"]), answer.body["errorsTruncated"]) == (400, 100, True)
    assert answer.body["detail"] == "The body has more than 100 faults. Nothing was done."


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (None, "invalidBody"),
        ("", "invalidBody"),
        (7, "invalidBody"),
        ("none", "invalidNumber"),
        ("+46 12", "invalidNumber"),
    ],
)
def test_a_number_that_cannot_be_used(ask: Ask, number: object, code: str) -> None:
    body = {"phoneType": "office", "phoneNumber": number}
    answer = ask("CreatePhoneauthenticationmethod", body, user="anna.andersson@contoso.com")
    assert (answer.status, answer.body["code"]) == (400, code)


@pytest.mark.parametrize(
    ("handshake", "code"), [("", "unauthorized"), ("wrong", "unauthorized"), (HANDSHAKE, "rightMissing")]
)
def test_a_handshake_that_does_not_open(ask: Ask, handshake: str, code: str) -> None:
    user = "anna.andersson@contoso.com"
    answers = [
        ask("SetUserMethods", users(user), handshake=handshake),
        ask("DeletePhoneauthenticationmethod", user=user, type="mobile", handshake=handshake),
        ask("ListMethods", user=user, query="show=full", handshake=handshake),
    ]
    assert [answer.body["code"] for answer in answers] == [code] * 3


def test_too_many_guesses(ask: Ask, new_host: HostMaker) -> None:
    host = new_host()
    anna, here = users("anna.andersson@contoso.com"), "203.0.113.7"
    answers = [ask("ListJobs", at=host, handshake="wrong", address=here).body["code"] for _ in range(11)]
    assert answers == ["unauthorized"] * 10 + ["tooManyAttempts"]
    assert ask("ReconcileUsers", anna, at=host, handshake="wrong", address=here).status == 429
    assert ask("ReconcileUsers", anna, at=host, handshake=HANDSHAKE, address=here).status == 200


def test_explicit_values_that_are_off_and_lists_and_bodies_that_are_too_large(ask: Ask, new_host: HostMaker) -> None:
    host = new_host(MAX_USERS="1", MAX_BODY_BYTES="1024")
    user = "anna.andersson@contoso.com"
    answers = [
        ask("SetUserMethods", users(user), at=host),
        ask("ProvisionUsers", plan(user), at=host),
        ask("DeletePhoneauthenticationmethod", user=user, type="mobile", at=host),
        ask("ListMethods", user=user, query="show=full", at=host, handshake=HANDSHAKE),
        ask("ReconcileUsers", users(user, "bjorn.berg@contoso.com"), at=host, handshake=HANDSHAKE),
        ask("ReconcileUsers", b" " * 1025, at=host),
        ask("ListMethods", b" " * 1025, user=user, at=host),
    ]
    codes = [answer.body["code"] for answer in answers]
    assert codes == [*["explicitDisabled"] * 3, "rightMissing", "tooManyUsers", "tooLarge", "tooLarge"]


def test_a_vault_that_does_not_answer(ask: Ask, box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host()
    box.tenant.faults.append(Fault("status", host="vault", status=503))
    assert ask("ReconcileUsers", users("anna.andersson@contoso.com"), at=host).body["code"] == "vaultUnavailable"
    assert ask("ListMethods", user="anna.andersson@contoso.com", at=host).body["code"] == "vaultUnavailable"


def test_users_that_are_not_to_be_touched(ask: Ask) -> None:
    codes = [
        ask("DeletePhoneauthenticationmethod", user=user, type="mobile").body["code"]
        for user in ("breakglass1@contoso.com", "svc-mfa@contoso.com")
    ]
    assert codes == ["protectedUser", "serviceAccount"]


def test_too_many_removals_with_the_plan(ask: Ask, box: SandboxTenant) -> None:
    upns = [f"leaver{number}@contoso.com" for number in range(11)]
    for number, upn in enumerate(upns):
        box.tenant.add_user(upn, phones={"mobile": f"+1 20655501{number:02}"})
    answer = ask("SetUserMethods", users(*({"userPrincipalName": upn, "mobile": None} for upn in upns)))
    assert (answer.status, len(answer.body["results"])) == (422, 11)


def test_graph_answering_with_an_error(ask: Ask, box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=400, code="odd"))
    answer = ask("GetPhonemethod", user="anna.andersson@contoso.com", type="mobile")
    assert (answer.status, answer.body["code"]) == (502, "graphError")


def test_graph_refusing(ask: Ask, box: SandboxTenant) -> None:
    box.tenant.change_user("anna.andersson@contoso.com", forbidden=True)
    answer = ask("DeletePhoneauthenticationmethod", user="anna.andersson@contoso.com", type="mobile")
    assert (answer.status, answer.body["code"]) == (403, "forbidden")


def test_a_setting_that_is_missing(ask: Ask, new_host: HostMaker) -> None:
    host = new_host(KEY_VAULT_URL="")
    assert ask("ReconcileUsers", users("anna.andersson@contoso.com"), at=host).body["code"] == "configuration"
