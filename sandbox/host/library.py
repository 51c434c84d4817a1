"""Drives Microsoft's worker library, in this process, the way the Functions host does: start, index, load, invoke."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sandbox.host import messages
from sandbox.host.calls import AppLoadError, FunctionFailedError, HttpCall, HttpReply, IndexedFunction
from sandbox.host.log_lines import RunningInvocations


class Library:
    """The worker library with one app in it. Await `start` once, then `call_http` as often as needed.

    `durable_client` is the text that a function with a durable client gets; to be set before the first call.
    """

    durable_client = ""

    def __init__(self, app_dir: Path, invocations: RunningInvocations) -> None:
        self._app_dir = app_dir
        self._invocations = invocations
        self._ids: dict[str, str] = {}
        self._clients: dict[str, str] = {}

    async def start(self) -> tuple[IndexedFunction, ...]:
        """Index and load the app. Raises AppLoadError."""
        sys.path.insert(0, str(self._app_dir))
        import azure_functions_runtime as library  # only now: it must see the final environment and sys.path

        self._library = library
        library.start_threadpool_executor()
        init = messages.WorkerInitRequest(host_version="4", capabilities={}, function_app_directory=str(self._app_dir))
        self._require(await library.worker_init_request(_envelope(worker_init_request=init)))
        indexed = await library.functions_metadata_request(_envelope())
        self._require(indexed)
        if not indexed.function_metadata_results:
            raise AppLoadError(f"{self._app_dir} holds no functions: function_app.py is missing or registers none")
        functions = []
        for metadata in indexed.function_metadata_results:
            load = messages.FunctionLoadRequest(function_id=metadata.function_id, metadata=metadata)
            self._require(await library.function_load_request(_envelope(function_load_request=load)))
            self._ids[metadata.name] = metadata.function_id
            bindings = tuple(json.loads(binding) for binding in metadata.raw_bindings)
            functions.append(IndexedFunction(metadata.name, bindings))
            for binding in bindings:
                if binding["type"] == "durableClient":
                    self._clients[metadata.name] = binding["name"]
        return tuple(functions)

    async def call_http(self, function: str, trigger: str, call: HttpCall) -> HttpReply:
        """Invoke an HTTP function; `trigger` is the name of its request parameter. Raises FunctionFailedError."""
        request = messages.RpcHttp(
            method=call.method,
            url=call.url,
            headers=call.headers,
            query=call.query,
            params=call.parameters,
            body=messages.TypedData(bytes=call.body),
        )
        return _reply(await self._invoke(function, {trigger: messages.TypedData(http=request)}))

    async def call_durable(self, function: str, trigger: str, data: str) -> str:
        """Invoke an orchestrator or an activity; gives the JSON text of what it returned. Raises FunctionFailedError.

        The durable extension hands over inputs as text.
        """
        value = await self._invoke(function, {trigger: messages.TypedData(string=data)})
        return str(value.json)

    async def _invoke(self, function: str, inputs: dict[str, messages.TypedData]) -> Any:
        if function in self._clients:
            inputs[self._clients[function]] = messages.TypedData(string=self.durable_client)
        with self._invocations.begin() as invocation_id:
            invocation = messages.InvocationRequest(
                invocation_id=invocation_id,
                function_id=self._ids[function],
                input_data=[messages.ParameterBinding(name=name, data=data) for name, data in inputs.items()],
                trigger_metadata={},
                trace_context=messages.RpcTraceContext(trace_parent="", trace_state="", attributes={}),
                retry_context=messages.RetryContext(retry_count=0, max_retry_count=0),
            )
            answer = await self._library.invocation_request(_envelope(invocation_request=invocation))
        if answer.result.status != messages.StatusResult.Success:
            raise FunctionFailedError(f"{answer.result.exception.message}\n{answer.result.exception.stack_trace}")
        return answer.return_value

    def _require(self, answer: Any) -> None:
        if answer.result.status == messages.StatusResult.Success:
            return
        error = answer.result.exception
        message = error.message.split(" Current sys.path:")[0]
        places = re.findall(r'File "([^"]+)", line (\d+)', error.stack_trace)
        own = [f"{Path(file).name} line {line}" for file, line in places if Path(file).is_relative_to(self._app_dir)]
        where = f" (at {own[-1]})" if own else ""
        raise AppLoadError(f"the app in {self._app_dir} does not load: {message}{where}")


def _envelope(**request: messages.Message) -> SimpleNamespace:
    """What the worker process around the library passes on: one request, and who the host is."""
    return SimpleNamespace(request=SimpleNamespace(**request), properties={"host": "127.0.0.1", "protos": messages})


def _reply(value: Any) -> HttpReply:
    """A function may return an HttpResponse or a plain string."""
    if value.http is None:
        return HttpReply(200, {"Content-Type": "text/plain; charset=utf-8"}, (value.string or "").encode())
    return HttpReply(int(value.http.status_code), dict(value.http.headers), value.http.body.bytes)
