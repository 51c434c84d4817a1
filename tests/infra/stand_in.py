"""Stands in for `az` and `azd`: the answers of both to command lines, from a small tenant that it keeps.

With the name of a command in `fails` it refuses that one, as the real ones do. It answers in the tool's own form: what
Azure or Graph would say is kept as the document that it was made from, so that the long tests can ask the real Azure
CLI for the same.
"""

import copy
import json
import re
import stat
from pathlib import Path
from typing import Any

from tests.infra.bicep import INFRA, TENANT

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
CLIENT = "eeeeeeee-0000-4000-8000-000000000001"  # the registration of the webhook
GRAPH_ID = "aaaaaaaa-0000-4000-8000-000000000003"
ROLES = (
    *("User.Read.All", "UserAuthMethod-Phone.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"),
    *("RoleManagement.Read.Directory", "GroupMember.Read.All", "AuditLog.Read.All", "Policy.Read.AuthenticationMethod"),
    "Mail.Send",
)
ROLE_IDS = {name: f"bbbbbbbb-0000-4000-8000-00000000000{number}" for number, name in enumerate(ROLES)}


# The settings that the templates give the app, and the values that azd passes when the environment has none.
SETTINGS = re.findall(r"^  ([A-Z_]+): string", (INFRA / "types.bicep").read_text(encoding="utf-8"), re.MULTILINE)
DEFAULTS = dict(re.findall(r"\$\{([A-Z_]+)=(.*)\}", (INFRA / "main.parameters.json").read_text(encoding="utf-8")))


class Refused(Exception):
    """What the tool writes to the standard error, before it ends with 1."""


class StandIn:
    """`state` is the tenant, `calls` every command line with what is known of it."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.calls: list[dict[str, Any]] = []

    def answer(self, tool: str, arguments: list[str]) -> str | None:
        """What the tool prints, if it prints anything. Raises Refused."""
        words = [tool]
        for argument in arguments:
            if argument.startswith("-"):
                break
            words.append(argument)
        options = _options(arguments)
        command = " ".join(words)
        call: dict[str, Any] = {"argv": [tool, *arguments]}
        self.calls.append(call)
        if "file" in options and Path(options["file"]).exists():
            call["mode"] = oct(stat.S_IMODE(Path(options["file"]).parent.stat().st_mode))
        if any(f"{command} {options.get('method', '')}".startswith(failing) for failing in self.state["fails"]):
            raise Refused(f"ERROR: {command} was told to fail")
        document = _answer(self.state, words, options)
        if "query" in options and options["output"] == "json":
            return json.dumps(document[options["query"]])
        if "query" in options:
            call |= {"document": copy.deepcopy(document), "answer": _tsv(document, options["query"])}
            found: str = call["answer"]
            return found
        if document is None or options.get("output") == "none":
            return None
        return document if isinstance(document, str) else json.dumps(document)


def provisioned(settings: dict[str, str]) -> dict[str, str]:
    """The settings of the app after `azd provision`. ARM writes CALLERS without blanks; what is empty is left out.

    Guess: azd sorts the keys of CALLERS, as Go does with those of a map (pkg.go.dev/encoding/json, Marshal).
    """
    found = {name: settings.get(name) or DEFAULTS.get(name, "") for name in SETTINGS}
    found["CALLERS"] = json.dumps(json.loads(found["CALLERS"]), separators=(",", ":"), sort_keys=True)
    found["TENANT_ID"] = found["TENANT_ID"] or TENANT
    return {name: value for name, value in found.items() if value not in ("", "[]")}


def _options(arguments: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for argument in arguments:
        if argument.startswith("--"):
            name = argument[2:]
            found[name] = ""
        elif name:
            found[name] = f"{found[name]} {argument}".strip()
    return found


def _answer(state: dict[str, Any], words: list[str], options: dict[str, str]) -> Any:
    vault, settings = state["vault"], state["settings"]
    match words:
        case ["azd", "env", "get-value", name]:
            if name not in settings:
                raise Refused(f"ERROR: key '{name}' not found")
            return settings[name]
        case ["azd", "env", "get-values"]:
            return settings
        case ["azd", "env", "set", name, value]:
            settings[name] = value
        case ["azd", "provision"]:
            state["provisions"] += 1
            state["app"] = provisioned(settings)
            return "SUCCESS: Your application was provisioned"
        case ["az", "account", "show"]:
            return {"id": state["subscription"], "state": "Enabled", "tenantId": TENANT}
        case ["az", "functionapp", "config", "appsettings", "list"]:
            return [{"name": name, "slotSetting": False, "value": value} for name, value in state["app"].items()]
        case ["az", "keyvault", "secret", "list"]:
            kept = ("enabled", "expires")
            return [{"name": name, "attributes": {key: secret[key] for key in kept}} for name, secret in vault.items()]
        case ["az", "keyvault", "secret", "set"]:
            value = Path(options["file"]).read_text(encoding="utf-8")
            vault[spelt(vault, options["name"])] = {"value": value, "expires": options.get("expires"), "enabled": True}
            return {"value": value}
        case ["az", "keyvault", "secret", "download"]:
            Path(options["file"]).write_text(vault[spelt(vault, options["name"])]["value"], encoding="utf-8")
        case ["az", "keyvault", "secret", "set-attributes"]:
            vault[spelt(vault, options["name"])]["enabled"] = options["enabled"] == "true"
        case ["az", "ad", "sp", "show"]:
            return service_principal(state, options["id"])
        case ["az", "cloud", "show"]:
            return {"name": "AzureCloud", "endpoints": {"microsoftGraphResourceId": "https://graph.microsoft.com/"}}
        case ["az", "rest"]:
            body = options.get("body", "").removeprefix("@")
            sent = json.loads(Path(body).read_text(encoding="utf-8")) if body else {}
            return of_graph(state, options["method"], options["url"].partition("/v1.0/")[2], sent)
        case ["az", "ad", "app", "permission", "list-grants"]:
            return state["consents"]
        case ["az", "functionapp", "keys", "set"]:
            make_key(state, options["key-name"])
            return {"name": options["key-name"], "value": None}  # the real one takes the value out of its answer
        case ["az", "functionapp", "keys", "list"]:
            return {"masterKey": "master-key", "functionKeys": state["keys"], "systemKeys": {}}
        case _:
            raise Refused(f"ERROR: the stand-in does not know {words}")
    return None


def service_principal(state: dict[str, Any], application: str) -> dict[str, Any]:
    roles = [{"id": ROLE_IDS[name], "value": name, "allowedMemberTypes": ["Application"]} for name in ROLES]
    delegated = {"id": "cccccccc", "value": "User.Read.All", "allowedMemberTypes": ["User"]}
    identifier = GRAPH_ID if application == GRAPH_APP else state["principal"]
    return {"id": identifier, "appId": application, "appRoles": [delegated, *roles]}


def make_key(state: dict[str, Any], name: str) -> str:
    """The function key that Azure makes, in the place of one that has the name."""
    key = f"host-key-{len(state['keys'])}"
    if not state.get("forgets"):
        state["keys"][name] = key
    return key


def of_graph(state: dict[str, Any], method: str, path: str, body: dict[str, Any]) -> Any:
    """Microsoft Graph's permissions: of the application, and delegated ones, which are the consents."""
    assigned, consents = state["assigned"], state["consents"]
    match [method, *path.split("/")]:
        case ["get", "servicePrincipals", id, "appRoleAssignments"] if id == state["principal"]:
            return {"value": assigned}
        case ["post", "servicePrincipals", id, "appRoleAssignments"] if id == state["principal"] == body["principalId"]:
            if not state.get("forgets"):
                assigned.append({**body, "id": f"assignment-{len(assigned)}"})
            return body
        case ["post", "oauth2PermissionGrants"]:
            parties = ("clientId", "consentType", "resourceId")
            if any(all(body[name] == consent[name] for name in parties) for consent in consents):
                raise Refused("Permission entry already exists.")
            consents.append({**body, "id": f"-consent_{len(consents)}", "principalId": body.get("principalId")})
            return consents[-1]
        case ["patch", "oauth2PermissionGrants", id] if found := [one for one in consents if one["id"] == id]:
            found[0].update(body)
            return None
    raise Refused(f"Not Found: Graph has no {method} {path}")


def spelt(vault: dict[str, Any], name: str) -> str:
    """A secret's name as it is in the vault, which ignores case."""
    return next((known for known in vault if known.lower() == name.lower()), name)


def _tsv(document: Any, query: str) -> str:
    """What the Azure CLI prints for the queries that the scripts ask; a long test compares with the real one."""
    rows: list[list[Any]]
    match query.split("[?")[0]:
        case "" if query == "[?attributes.enabled].[name, attributes.expires]":
            enabled = [secret for secret in document if secret["attributes"]["enabled"]]
            rows = [[secret["name"], secret["attributes"]["expires"]] for secret in enabled]
        case "[].[name, value]":
            rows = [[entry["name"], entry["value"]] for entry in document]
        case "id" | "tenantId" as name if isinstance(document, dict) and "[?" not in query:
            rows = [[document[name]]]
        case "endpoints.microsoftGraphResourceId":
            rows = [[document["endpoints"]["microsoftGraphResourceId"]]]
        case "appRoles":
            rows = [[r["id"], r["value"]] for r in document["appRoles"] if "Application" in r["allowedMemberTypes"]]
        case "value":
            assert GRAPH_ID in query
            rows = [[a["appRoleId"], a["id"]] for a in document["value"] if a["resourceId"] == GRAPH_ID]
        case "" if query == "[?name=='CALLERS'].value":
            rows = [[entry["value"]] for entry in document if entry["name"] == "CALLERS"]
        case "" if "consentType=='AllPrincipals'].[id, scope]" in query:
            found = [one for one in document if one["consentType"] == "AllPrincipals" and one["resourceId"] in query]
            rows = [[consent["id"], consent["scope"]] for consent in found]
        case path if path.startswith('functionKeys."'):
            rows = [[document["functionKeys"].get(path.split('"')[1], "")]]
        case _:
            raise Refused(f"ERROR: the stand-in does not know the query {query}")
    return "\n".join("\t".join("None" if cell is None else cell for cell in row) for row in rows)
