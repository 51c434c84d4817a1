"""The routes for one user: what is registered, and one method created, updated or removed.

Reading shows masked numbers; `show=full` needs the right readFull, writing the right explicit. A write
goes the way of every list, through the same planner, guard and second looks: it can do nothing that a list could not.
"""

from collections.abc import Callable
from urllib.parse import unquote

from shared.api.admission import Admission
from shared.api.frame import Call, WebRequest, WebResponse, Work, answer, received, respond
from shared.api.payload.document import ID, UPN, Place
from shared.api.payload.names import name_fault, named
from shared.api.payload.phone_method import parse_phone_method
from shared.api.payload.rehearsal import refuse_in_unread_body
from shared.api.query import choice, refuse_dry_run, refuse_if_match, refuse_unknown
from shared.core.audit import full_read
from shared.core.codes import Code, UserStatus
from shared.core.desired import Condition, ExplicitSource, Requested, RequestedValue
from shared.core.guard.people import protection_of
from shared.core.models import (
    METHOD_IDS,
    PHONES,
    SMS_SIGN_IN_ENDS,
    Current,
    Method,
    ReadScope,
    Stop,
    Target,
    User,
    UserResult,
)
from shared.core.phone import PhoneNumber
from shared.core.report import Json, answered_bodies
from shared.core.report_methods import all_methods, phone_body, phone_method_body, phone_methods
from shared.errors import UserFailed
from shared.log import get_logger
from shared.services import Services
from shared.settings.callers import Right

_log = get_logger(__name__)

# The status of a code that ends an operation; the others are 409: the user's methods, or a rule, stand against it.
_STATUS = {
    Code.INVALID_NUMBER: 400,
    Code.PROTECTED_USER: 403,
    Code.OUT_OF_SCOPE: 403,
    Code.SERVICE_ACCOUNT: 403,
    Code.FORBIDDEN: 403,
    Code.MFA_REQUIRED: 403,
    Code.USER_NOT_FOUND: 404,
    Code.METHOD_NOT_FOUND: 404,
    Code.GRAPH_ERROR: 502,
    Code.SMS_SIGN_IN_NOT_CHANGED: 502,
    Code.THROTTLED: 503,
    Code.GRAPH_UNAVAILABLE: 503,
    Code.NOT_READY: 503,
    Code.DEADLINE: 504,
}
_RETRY_AFTER_S = 30
_PROTECTED = "This user is protected, so nothing about the user is shown."
_TYPES = {name.lower(): method for method in PHONES for name in (method.value, METHOD_IDS[method])}


def handle_list(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """GET /api/users/{user}/phone-methods."""
    return respond(request, services, _reading(ReadScope.PHONES))


def handle_list_all(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """GET /api/users/{user}/methods: all that can be removed, with the ids by which they are."""
    return respond(request, services, _reading(ReadScope.ALL))


def handle_get(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """GET /api/users/{user}/phone-methods/{type}."""
    return respond(request, services, _get)


def handle_create(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/users/{user}/phone-methods with phoneType and phoneNumber: 201, or 409 methodExists."""
    return respond(request, services, _create)


def handle_update(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """PATCH /api/users/{user}/phone-methods/{type} with phoneNumber: 200, or 404 methodNotFound."""
    return respond(request, services, _update)


def handle_delete(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """DELETE /api/users/{user}/phone-methods/{type}: 204, or 404 methodNotFound."""
    return respond(request, services, _delete)


def handle_enable_sms_sign_in(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/users/{user}/phone-methods/mobile/enable-sms-sign-in."""
    return respond(request, services, _switching(on=True))


def handle_disable_sms_sign_in(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/users/{user}/phone-methods/mobile/disable-sms-sign-in."""
    return respond(request, services, _switching(on=False))


def _switching(*, on: bool) -> Work:
    def work(call: Call) -> WebResponse:
        operation = _Operation(call, writes=True)
        refuse_in_unread_body(received(call.request))
        if on:
            _log.warning("enable-sms-sign-in: %s", SMS_SIGN_IN_ENDS)
        return operation.shown(operation.write(Requested({}, sms_sign_in=on)), Method.MOBILE, 200)

    return work


def _reading(scope: ReadScope) -> Work:
    def work(call: Call) -> WebResponse:
        operation = _Operation(call, writes=False)
        user, current = operation.read(scope)
        methods = (all_methods if scope is ReadScope.ALL else phone_methods)(current, full=operation.full)
        return operation.answer(200, {"userPrincipalName": user.upn, "userId": user.id, "value": methods})

    return work


def _get(call: Call) -> WebResponse:
    operation = _Operation(call, writes=False)
    method = _type(call.request)
    user, current = operation.read(ReadScope.PHONES)
    phone = current.phone(method)
    if phone is None:
        raise UserFailed(Code.METHOD_NOT_FOUND.value, 404, f"The user has no {method} method.")
    return operation.answer(200, phone_body(phone, full=operation.full) | {"userId": user.id})


def _create(call: Call) -> WebResponse:
    operation = _Operation(call, writes=True)
    method, number = parse_phone_method(received(call.request), None)
    return operation.shown(
        operation.write(Requested({method: RequestedValue(number, Condition.MUST_BE_MISSING)})), method, 201
    )


def _update(call: Call) -> WebResponse:
    operation = _Operation(call, writes=True)
    method, number = parse_phone_method(received(call.request), _type(call.request))
    return operation.shown(
        operation.write(Requested({method: RequestedValue(number, Condition.MUST_EXIST)})), method, 200
    )


def _delete(call: Call) -> WebResponse:
    operation = _Operation(call, writes=True)
    refuse_in_unread_body(received(call.request))
    operation.write(Requested({_type(call.request): RequestedValue(None, Condition.MUST_EXIST)}))
    return WebResponse(204, b"", {"Cache-Control": "no-store"})


class _Operation:
    """One request about one user. Being made, it checks that the caller may send it, or raises."""

    def __init__(self, call: Call, *, writes: bool) -> None:
        self._call, self._services, self._deadline = call, call.services, call.deadline
        self._common = {"correlationId": call.cid, **call.unused_key}
        if writes:
            call.need(Right.EXPLICIT)
        self.full = choice(call.request.query, "show", ("full", "masked")) == "full"
        if not writes:
            call.need(Right.READ_FULL if self.full else Right.READ)
        elif self.full:
            call.need(Right.READ_FULL)
        refuse_dry_run(call.request.query)
        if writes:
            refuse_unknown(call.request, "show")
            refuse_if_match(call.request)
        self._target = _target(call.request.path["user"])

    def read(self, scope: ReadScope) -> tuple[User, Current]:
        """Raises UserFailed. Of a protected user only that is told, unless the caller operates the webhook."""
        directory, protection = self._services.explicit_directory, list[Stop]()
        self._services.sign_in(self._deadline)
        guarded = None if Right.OPERATE in self._call.caller.rights else directory.guarded(self._deadline)

        def scope_of(_target: Target, user: User) -> ReadScope:
            stop = None if guarded is None else protection_of(user, guarded)
            if stop is None:
                return scope
            protection.append(stop)
            return ReadScope.NONE

        (snapshot,) = directory.read([self._target], scope_of, self._deadline)
        stop = protection[0] if protection else snapshot.stop
        if stop is not None:
            message = _PROTECTED if stop.code is Code.PROTECTED_USER else stop.message
            raise _failed(stop.code, message, snapshot.user.id if snapshot.user is not None else None)
        if snapshot.user is None or snapshot.current is None:
            raise ValueError("a user is read, or it is said why not")
        self._call.line.tell(objectId=snapshot.user.id)
        if self.full:
            self._services.audit.note([full_read(self._call.origin, snapshot.user.id)])
        return snapshot.user, snapshot.current

    def write(self, requested: Requested) -> UserResult:
        """Raises UserFailed unless the user has afterwards what is wished for."""
        source = ExplicitSource({self._target: requested}, self._services.source.default_region)
        admission = Admission(self._call, None, shows_id=False, is_explicit=True)
        report = admission.carried_out([self._target], source, dry_run=False)
        self._services.audit.note(admission.outcomes(report))
        (result,) = report.results
        self._call.log_users(report, answered_bodies(report))
        self._call.line.tell(objectId=result.user_id)
        if result.status not in (UserStatus.CHANGED, UserStatus.UNCHANGED):
            raise _failed(result.code, result.message, result.user_id)
        return result

    def shown(self, result: UserResult, method: Method, status: int) -> WebResponse:
        """The method as it is now. The number is the one just written: Graph may show the old one for a while."""
        user_id = result.user_id or ""
        (seen,) = self._services.explicit_directory.methods([(user_id, ReadScope.PHONES)], self._deadline)
        if isinstance(seen, Stop):
            _log.warning("the method could not be read after the write: %s", seen.code)
        phone = None if isinstance(seen, Stop) else seen.phone(method)
        written = next((done.change.after for done in result.changes if done.change.method is method), None)
        number = written if isinstance(written, PhoneNumber) else phone.number if phone else None
        body = phone_method_body(method, number.masked if number else None, phone.sms_sign_in_state if phone else None)
        return self.answer(status, body | {"userId": user_id, "source": "explicit", "code": result.code.value})

    def answer(self, status: int, body: Json) -> WebResponse:
        return answer(status, {**self._common, **body}, "application/json")


def _failed(code: Code, message: str, user_id: str | None) -> UserFailed:
    status = _STATUS.get(code, 409)
    return UserFailed(code.value, status, message, _RETRY_AFTER_S if status == 503 else None, user_id=user_id or "")


def _target(name: str) -> Target:
    """The user in the path: an object id or a userPrincipalName. Connectors encode twice; no UPN holds a per cent."""
    name = unquote(unquote(name))
    for kind in (ID, UPN):
        found = named(Place(), None, kind, name)
        if name_fault(found) is None:
            return found.target
    raise UserFailed(Code.USER_NOT_FOUND.value, 404, "The path names no user. Use an object id or a userPrincipalName.")


def _type(request: WebRequest) -> Method:
    method = _TYPES.get(unquote(unquote(request.path["type"])).lower())
    if method is None:
        raise UserFailed(
            Code.METHOD_NOT_FOUND.value,
            404,
            "The type must be mobile, alternateMobile or office, or the id of one of them.",
        )
    return method
