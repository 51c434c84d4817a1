"""A value for every parameter of the templates, each another than the default."""

import re

from tests.infra.bicep import Properties

CLIENT_ID = "a0a00000-0000-4000-8000-0000000000a2"
GROUP_ID = "a0a00000-0000-4000-8000-0000000000a3"
SUBNET_ID = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/virtualNetworks/z/subnets/app"
CALLERS = [
    {"name": "helpdesk", "rights": ["reconcile", "read"]},
    {"name": "iam", "rights": ["reconcile"], "entraObjectId": "1a300000-0000-4000-8000-0000000001a3"},
    {"name": "hr-system", "rights": ["reconcile"], "signed": True},
]
SPECIAL: dict[str, object] = {
    "environmentName": "test",
    "location": "swedencentral",
    "resourceTags": "costCenter=4711, owner=identity team, wiki=https://wiki.example/?page=mfa,",
    "callers": CALLERS,
    "authClientId": CLIENT_ID,
    "allowedCallerIps": "203.0.113.0/24, 198.51.100.7/32,",
    "outboundSubnetId": SUBNET_ID,
    "auditReadersGroupId": GROUP_ID,
    "alertEmails": "identity@contoso.com, night@contoso.com",
}


def everything(parameters: Properties) -> dict[str, object]:
    return {
        name: SPECIAL[name] if name in SPECIAL else _other(name, parameter) for name, parameter in parameters.items()
    }


def _other(name: str, parameter: Properties) -> object:
    """Another value than the default, inside the bounds; it shows which parameter it came from where it can."""
    default = parameter.get("defaultValue")
    if allowed := parameter.get("allowedValues"):
        return next(value for value in allowed if value != default)
    if parameter["type"] == "bool":
        return not default
    if parameter["type"] == "int":
        return parameter["maxValue"] if default != parameter["maxValue"] else parameter["minValue"]
    assert parameter["type"] == "string", name
    return f"value-of-{name}"


def setting_parameters(parameters: Properties) -> dict[str, str]:
    """The parameter of each setting of the webhook, which its description begins with."""
    found = {}
    for name, parameter in parameters.items():
        if match := re.match(r"([A-Z_]+): ", parameter["metadata"]["description"]):
            found[match[1]] = name
    return found


def variable(parameter: str) -> str:
    """The variable of the azd environment."""
    return re.sub(r"([A-Z])", r"_\1", parameter).upper()
