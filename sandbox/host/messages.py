"""The messages of the Functions RPC protocol, as far as the worker library uses them, without gRPC or protobuf.

The worker library is handed this module in place of the generated one and only reads and builds messages by attribute.
Its rules: an unset field reads as None; `WhichOneof` names the field that is set; a message does not answer to the name
of another message. Cookies, retry policies and shared memory are not here: an app that uses them fails loudly.
"""

from typing import Any


class Message:
    """Named fields. Reading one that was never set gives None."""

    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not name.islower():
            raise AttributeError(name)
        return None

    def WhichOneof(self, group: str) -> str | None:  # noqa: ARG002 - protobuf's own signature
        return next((name for name, value in self.__dict__.items() if value is not None and name != "name"), None)


class StatusResult(Message):
    Failure, Success = 0, 1


class BindingInfo(Message):
    undefined, out, inout = 0, 1, 2


class WorkerInitRequest(Message): ...


class WorkerInitResponse(Message): ...


class WorkerMetadata(Message): ...


class FunctionMetadataResponse(Message): ...


class RpcFunctionMetadata(Message): ...


class FunctionLoadRequest(Message): ...


class FunctionLoadResponse(Message): ...


class InvocationRequest(Message): ...


class InvocationResponse(Message): ...


class ParameterBinding(Message): ...


class TypedData(Message): ...


class RpcHttp(Message): ...


class RpcException(Message): ...


class RpcTraceContext(Message): ...


class RetryContext(Message): ...
