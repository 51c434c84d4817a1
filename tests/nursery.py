"""One nursery for each test session, from which hosts are forked: a start costs a fraction of what imports cost."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.host import nursery

# What a host, its worker process and a first request import; not azure_functions_runtime, which reads the environment,
# nor function_app, which the worker has to index.
MODULES = (
    *("aiohttp.web", "sqlite3", "logging.handlers", "concurrent.futures.thread", "xml.sax.expatreader"),
    *("azure.functions", "azure.durable_functions", "azure.storage.blob"),
    *("azure.keyvault.secrets", "azure.identity", "azure.core.rest._requests_basic"),
    *("requests", "msal", "msal_extensions", "jsonschema", "defusedxml.ElementTree"),
    *("phonenumbers", *(f"phonenumbers.data.region_{region}" for region in ("DE", "GB", "SE", "US"))),
    *("sandbox.host.server", "sandbox.host.library", "shared.jobs.durable", "shared.wiring"),
    *(f"shared.api.{name}" for name in ("threads", "lists", "users", "apply", "check")),
)
_CHECKOUT = Path(__file__).resolve().parents[1]


@contextmanager
def open_nursery(*modules: str) -> Iterator[str]:
    """Its address. It imports the modules when the first process is asked of it, and ends with the block."""
    with tempfile.TemporaryDirectory(prefix="nursery-") as folder, socket.socket(socket.AF_UNIX) as listener:
        address = str(Path(folder, "socket"))
        listener.bind(address)
        path = filter(None, (str(_CHECKOUT), os.environ.get("PYTHONPATH")))
        listener.listen()
        with subprocess.Popen(
            [sys.executable, "-P", nursery.__file__, str(listener.fileno()), *modules],
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        ) as process:
            listener.close()
            try:
                yield address
                # The end of its input ends it.
                process.communicate(timeout=10)
            finally:
                process.kill()
