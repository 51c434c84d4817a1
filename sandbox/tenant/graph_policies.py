"""Graph's authentication methods policy: whom SMS and voice are for."""

from __future__ import annotations

from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .roles import METHODS_POLICY_READERS, READ_METHODS_POLICY, check_reader
from .tenant import Tenant
from .tokens import Principal


def answer(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    """GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{sms or voice}."""
    match call.segments[1:]:
        case ["authenticationMethodsPolicy", "authenticationMethodConfigurations", name]:
            check_reader(tenant, principal, READ_METHODS_POLICY, METHODS_POLICY_READERS)
            found = tenant.policies.get(name.lower())
            if found is None:
                raise Refused(404, "ResourceNotFound", f"Resource '{name}' does not exist.")
            return Answer(200, _shown(call, name.lower(), found))
    raise Refused(400, "BadRequest", f"Resource not found for the segment '{call.segments[-1]}'.")


def _shown(call: GraphCall, name: str, policy: Json) -> Json:
    where = "policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
    return {
        "@odata.context": f"{call.url_of_version}/$metadata#{where}/$entity",
        "@odata.type": f"#microsoft.graph.{name}AuthenticationMethodConfiguration",
        "id": name.capitalize(),
        **policy,
    }
