"""The bench: how fast the webhook is, how much it asks of Graph, and how it behaves when Graph throttles or fails.

`python dev.py bench` runs everything against the sandbox tenant, prints the figures beside their floors, and writes
results.md, results.json and users-per-second.svg into this folder.

    people.py       the list of users: who is right, wrong, without a number, without the attribute
    tenant.py       the sandbox tenant in a process of its own
    webhook.py      our side: the function app behind the local host, called over HTTP
    peers/          the others: the runbook's calls, Microsoft's SDK, a bare loop
    throughput.py   users a second against the peers
    calls.py        Graph calls a user, round trips of one user
    pacing.py       throttled runs
    cost.py         processor time, memory, linearity
    bodies.py, worst_bodies.py   peak memory and time of bodies of 32 MB
    chaos.py        five kinds of failure at once
    start.py        what a worker pays to index the app
    journal.py      what the tenant's record of requests says: shares, moments, rules broken (pure)
    figures.py      a figure, its floor, medians
    report.py, chart.py   the table, the Markdown page, the picture
"""
