"""A local Azure Functions host: HTTP in front of a worker process with Microsoft's own Python worker library.

The app folder is loaded, indexed and invoked by `azure-functions-runtime`, the library that runs Python functions in
Azure; only what Azure puts in front of it (App Service, routes, function keys, HTTP) is written here. What was seen to
differ from the Functions host 4.1037 became as it is there: tests/sandbox_host/test_as_azure.py and its neighbours
hold the probes.

    __main__.py        `python -m sandbox.host APP_DIR`: the host
    process.py         HostProcess: that command as a context manager
    nursery.py         a process of tests that has imported the modules and forks others; forked.py asks for them
    server.py          HTTP: route, key, call, answer
    front_end.py       App Service before that: the caller's address, authentication (bearer_tokens.py); app_service.py
    routes.py          route templates, pure
    keys.py            which key opens what
    limits.py          what is refused before a function sees it
    host_json.py       settings of host.json
    worker.py          the worker process, as the host sees it
    channel.py         frames between the two, and calls.py what is in them
    worker_process.py  the worker process: runs the app's code
    library.py         drives Microsoft's library: index, load, invoke
    messages.py        the messages that the library takes and gives
    log_lines.py       which log lines of the app reach the log
    durable/           a stand-in for the Durable Functions extension
"""

from sandbox.host.app_service import AppService
from sandbox.host.durable.switches import Switches
from sandbox.host.process import HostError, HostProcess, indexed_functions

__all__ = ["AppService", "HostError", "HostProcess", "Switches", "indexed_functions"]
