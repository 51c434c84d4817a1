"""The webhook's own package: everything between the Functions host and Microsoft's services.

Read `reconcile.py` first: it is the centre and tells the story of a run (read, plan, guard, apply, report). In front
of it `handler.py` authenticates (`handshake.py`) and parses (`payload.py`); behind it `graph/` implements the
`Directory` that the run needs, with tokens from `entra.py` and secrets from `vault.py`. `plan.py`, `guard.py`,
`phone.py` and `report.py` are pure. `wiring.py` is the only place where objects are built, `settings.py` the only one
that knows the app settings.
"""
