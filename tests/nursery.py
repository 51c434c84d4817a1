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

# What a host, its worker process and a first request import of libraries; nothing of this checkout, and not
# azure_functions_runtime, which reads the environment.
LIBRARIES = (
    *("aiohttp.web", "sqlite3", "logging.handlers", "concurrent.futures.thread", "xml.sax.expatreader"),
    *("azure.functions", "azure.durable_functions", "azure.storage.blob"),
    *("azure.keyvault.secrets", "azure.identity", "azure.core.rest._requests_basic"),
    *("requests", "msal", "msal_extensions", "jsonschema", "defusedxml.ElementTree"),
    *("phonenumbers", *(f"phonenumbers.data.region_{region}" for region in ("DE", "GB", "SE", "US"))),
)


@contextmanager
def open_nursery(*modules: str) -> Iterator[str]:
    """Its address. It imports the modules when the first process is asked of it, and ends with the block."""
    with tempfile.TemporaryDirectory(prefix="nursery-") as folder, socket.socket(socket.AF_UNIX) as listener:
        address = str(Path(folder, "socket"))
        listener.bind(address)
        listener.listen()
        with subprocess.Popen(
            [sys.executable, "-P", nursery.__file__, str(listener.fileno()), *modules],
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
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
