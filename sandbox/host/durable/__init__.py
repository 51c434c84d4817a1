"""A stand-in for the Durable Functions extension, for the unmodified azure-functions-durable 1.x.

It speaks the JSON protocol between that package and the extension: the client binding with the extension's HTTP API,
and the replay of orchestrators from a history of events. Everything is kept in an SQLite file: killing the host at any
moment loses no result, an activity that was running runs again, and one whose result was recorded does not. As with
Azure Storage, what a lost host was at comes back when the visibility timeouts of host.json are over.

    history.py     the events of a history, and the text that an orchestrator is invoked with
    script.py      follows the actions of an orchestrator and hands out event ids, as the extension does
    rows.py        instances, messages, waiting activities and timers, as data
    store.py       these and the histories in SQLite
    engine.py      runs the episodes of orchestrations
    activities.py  runs activities, a bounded number at a time
    timers.py      when timers fire: on the real clock or on a virtual one
    clock.py       that virtual clock, for others
    api.py         the extension's HTTP API and the client binding
    extension.py   all of it for one app: settings, beginning and end
    settings.py    what host.json says
    switches.py    what a test may switch on
    counters.py    what a test may ask

Supported: call_activity, call_activity_with_retry, call_sub_orchestrator, call_sub_orchestrator_with_retry, task_all,
task_any, create_timer, wait_for_external_event, continue_as_new, set_custom_status; start, status, list, terminate,
raiseEvent and purge. An action that is not listed fails its orchestration and says so.

What it does not do: entities, call_http, suspend, resume, rewind, restart, orchestration versions, several hosts on one
task hub, and the latency, queue polling, partitions, leases and blobs for large messages of Azure Storage: it is
quicker and more even than Azure. Episodes are limited only by the threads of the worker library, which activities use
as well. The wording of failures is a guess. An event that the client raises arrives as the JSON text that it sent.
"""
