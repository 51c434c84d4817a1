"""A local Azure Functions host: HTTP in front of Microsoft's own Python worker library.

The app folder is loaded, indexed and invoked by `azure-functions-runtime`, the library that runs Python functions in
Azure; only what Azure puts in front of it (routes, function keys, HTTP) is written here. One app per process, because
the worker library keeps its state in module globals.

    messages.py   the messages that the worker library takes and gives
    worker.py     drives the library: index, load, invoke
    routes.py     route templates, pure
    keys.py       which key opens what
    limits.py     what is refused before a function sees it
    server.py     HTTP: route, key, call, answer
    __main__.py   `python -m sandbox.host APP_DIR`
    process.py    HostProcess: that command as a context manager
    durable/      a stand-in for the Durable Functions extension
"""

from sandbox.host.durable.switches import Switches
from sandbox.host.process import HostError, HostProcess, indexed_functions

__all__ = ["HostError", "HostProcess", "Switches", "indexed_functions"]
