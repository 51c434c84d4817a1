"""The way of every exchange through the tenant: network time, transport faults, the work, the fate of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

from .exchange import Delivery, Request, Response, json_bytes
from .faults import Call, What
from .journal import Record
from .tenant import Tenant

UNREADABLE = "The service is being moved."
GARBAGE = b"<!DOCTYPE html><html><body>The service is being moved.</body></html>"


def carry_out(
    tenant: Tenant, calls: list[Call], records: list[Record], work: Callable[[], Response], service_ms: float = 0
) -> Delivery:
    """Do the work, unless a fault rule for one of these calls says that it is not reached."""
    rules, cleared = tenant.faults, tenant.faults.cleared
    fault = tenant.pick_transport(calls)
    if fault is not None:
        for record in records:
            record.fault = str(fault.what)
    tenant.pause((tenant.latency_ms + service_ms) / 1000)
    if fault is None:
        return Delivery(_dated(tenant, work()))
    if fault.what in (What.HANG, What.DELAY):
        cleared.wait(fault.seconds)
    # What was held until the tenant was reset belongs to nobody any more.
    if fault.what in (What.HANG, What.CLOSE) or tenant.stopping.is_set() or tenant.faults is not rules:
        return Delivery(None)
    response = _dated(tenant, work())
    if fault.what is What.LOST:
        return Delivery(None)
    if fault.what is What.GARBAGE:
        kept = {"Date": response.headers["Date"], "Content-Type": "text/html"}
        response = replace(response, headers=kept, body=GARBAGE)
    return Delivery(response, fault)


def _dated(tenant: Tenant, response: Response) -> Response:
    date = formatdate(tenant.clock() + tenant.switches.clock_off_s, usegmt=True)
    return replace(response, headers={"Date": date, **response.headers})


def answer_simply(
    tenant: Tenant,
    kind: str,
    request: Request,
    work: Callable[[Record], Response],
    on_status_fault: Callable[[int, str | None, str | None], Response],
    request_id: str,
) -> Delivery:
    """An exchange of a host that has no batches: recorded, and open to every kind of fault."""
    call = Call(kind, request.method, request.target)
    record = tenant.record(
        Record(
            kind, request.method, request.target, request_id, client_request_id=request.headers.get("client-request-id")
        )
    )

    def answer() -> Response:
        fault = tenant.pick_of_call(call)
        if fault is not None:
            record.fault = str(fault.what)
        if fault is None or fault.what is What.UNREADABLE:
            response = work(record)
            response = response if fault is None else replace(response, body=json_bytes(UNREADABLE))
        else:
            response = on_status_fault(fault.status, fault.code, fault.message)
            response = replace(response, headers={**response.headers, **fault.retry_after_headers()})
        record.settle(response.status)
        return response

    return carry_out(tenant, [call], [record], answer)
