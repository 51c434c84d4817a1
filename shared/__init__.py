"""The webhook's own package: everything between the Functions host and Microsoft's services.

    settings/ errors deadline log  the ground: imported by all rooms, imports none
    core/        the product, pure: desired and current state, plan, guard, apply, results, report
    services/    what a request or an activity needs, as types; stores are protocols
    records/     what outlives a request, in blobs: the app's key, ids of signed calls, the ledger, the audit trail
    microsoft/   everything behind an SDK or a socket: Key Vault, Entra, Graph, storage
    jobs/        long lists on Durable Functions: orchestrators, activities, blobs
    api/         HTTP: the frame of every route, who may call, bodies in and answers out
    wiring       the roof: settings to services, the only place where objects are built

A list of users travels function_app -> api/lists (api/caller authenticates, api/payload parses) -> core/reconcile,
which reads (microsoft/graph), plans, guards (core/guard, api/admission), applies and reports. A long one goes
api/accept -> jobs/orchestrate -> jobs/activities -> core/reconcile. Read core/reconcile.py first. `docs/design.md` says
which room may import which.
"""

# The version, which the PowerShell module and the connector's definition repeat (CONTRIBUTING.md, "Release"). A release
# has the tag `v<VERSION>` and a dated heading in CHANGELOG.md.
VERSION = "1.0.0"
