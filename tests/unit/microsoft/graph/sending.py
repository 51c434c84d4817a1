"""Calls about Anna, sent through a client, and what of them arrived at Graph."""

from sandbox.tenant import Record, SandboxTenant
from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Call
from shared.microsoft.graph.client import GraphClient

ANNA = "anna.andersson@contoso.com"
READ = Call("GET", f"/users/{ANNA}?$select=id")
METHODS = Call("GET", f"/users/{ANNA}/authentication/phoneMethods")
MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"
WRITE = Call(
    "PATCH",
    f"/users/{ANNA}/authentication/phoneMethods/{MOBILE}",
    {"phoneNumber": "+46 701740699", "phoneType": "mobile"},
)


def send(client: GraphClient, *calls: Call, seconds: float = 60) -> list[Answer]:
    return client.send(calls, lambda answer: answer, Deadline(seconds))


def requests(box: SandboxTenant) -> list[Record]:
    """HTTP requests at Graph: a batch is one."""
    return [record for record in box.tenant.calls() if record.batch is None]


def asked(box: SandboxTenant) -> list[Record]:
    """Calls at Graph, as Graph counts them: each member of a batch is one."""
    return [record for record in box.tenant.calls() if not record.path.endswith("/$batch")]
