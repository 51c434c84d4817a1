"""What can end a whole request. What can go wrong with one user is data (`models.Stop`), not an exception.

    ServiceError                     has: code, status, detail (safe to show the caller, unless `shown` is), retry_after
      ConfigurationError       500   names the setting in the log, never in the answer
      Unauthorized             401   one answer, whatever was wrong; the reason is for the log
      ExplicitDisabled         403   explicit values are off, and the caller has proved who it is
      RightMissing             403   the caller has proved who it is, and may not do this
      InvalidBody              400   every fault with its JSON pointer
      InvalidQuery             400
      TooLarge, TooManyUsers   413
      UnsupportedEncoding      415
      GroupNotFound            404   ends a job
      UserFailed     4xx, 502-504    a single operation could not be done; the code is that of the user
      ParsingTimedOut          504
      SignInFailed             502   Entra refused; carries the AADSTS number and what to do
      TokenRefused             502   Graph refuses the token, and a new one too; a job waits
      SignInUnavailable        503
      VaultUnavailable         503
      JobsUnavailable          503
      StorageUnavailable       503
      GraphUnavailable         503   ends a sweep's look; a job waits
      Busy                     503   too many requests of this kind wait already, or this one waited in vain
      PlanUnknown              503   a certain plan is asked for, and some users cannot be read
      JobNotFound              404
      JobNotFinished           409
      NotADryRun               409
      AlreadyApplied           409   another job carries the plan out
      PlanChanged              412
      IdempotencyConflict      422
      TooManyJobs              429
      TooManyAttempts          429   too many failed attempts of this address, or of all

`reconcile.Refused` (412, 422, 503) is not here: it carries a report.
"""

import traceback
from dataclasses import dataclass

# How many reasons an answer lists.
MAX_FAULTS = 100


class ServiceError(Exception):
    """A request ends with a problem document instead of a report. `logged`: what the log is told. `shown`: what the
    caller is, in place of a `detail` that would help an attacker or names a secret; that of a 500 is never shown."""

    code = "internal"
    status = 500
    retry_after: int | None = None
    shown: str | None = None

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = self.logged = detail


class ConfigurationError(ServiceError):
    """The operator has to change something; `detail` names the setting or secret."""

    code = "configuration"


class Unauthorized(ServiceError):
    """The caller is unknown; every such caller is told the same."""

    code = "unauthorized"
    status = 401

    def __init__(self, detail: str, shown: str) -> None:
        super().__init__(detail)
        self.shown = shown


class ExplicitDisabled(ServiceError):
    code = "explicitDisabled"
    status = 403


class GroupNotFound(ServiceError):
    code = "groupNotFound"
    status = 404


class RightMissing(ServiceError):
    code = "rightMissing"
    status = 403


@dataclass(frozen=True, slots=True)
class BodyFault:
    """One thing wrong with the body: `pointer` is an RFC 6901 JSON pointer into the caller's own document, `words` say
    the same of what is no JSON.

    Both may hold what the caller sent. `sentence` never does: it is logged.
    """

    pointer: str
    sentence: str
    words: str = ""

    @property
    def detail(self) -> str:
        """For the caller."""
        return f"{self.words}: {self.sentence}" if self.words else self.sentence


class InvalidBody(ServiceError):
    """The body cannot be used; `faults` lists every reason that could be found, up to one more than an answer lists."""

    code = "invalidBody"
    status = 400

    def __init__(self, *faults: BodyFault) -> None:
        count = len(faults)
        shown = count if count <= MAX_FAULTS else f"more than {MAX_FAULTS}"
        many = f"The body has {shown} faults. Nothing was done."
        super().__init__(faults[0].sentence if count == 1 else many)
        self.detail = faults[0].detail if count == 1 else many
        self.faults = faults


class InvalidQuery(ServiceError):
    code = "invalidQuery"
    status = 400


class TooLarge(ServiceError):
    code = "tooLarge"
    status = 413


class UnsupportedEncoding(ServiceError):
    """The body is compressed."""

    code = "unsupportedEncoding"
    status = 415


class TooManyUsers(ServiceError):
    code = "tooManyUsers"
    status = 413


class ParsingTimedOut(ServiceError):
    code = "deadline"
    status = 504


class JobNotFound(ServiceError):
    code = "jobNotFound"
    status = 404


class JobNotFinished(ServiceError):
    """There is no whole plan to be applied."""

    code = "jobNotFinished"
    status = 409


class NotADryRun(ServiceError):
    code = "notADryRun"
    status = 409


class AlreadyApplied(ServiceError):
    """By a caller whose jobs this one may not see."""

    code = "alreadyApplied"
    status = 409


class PlanChanged(ServiceError):
    """The plan is another one than the caller has seen."""

    code = "planChanged"
    status = 412


class TooManyJobs(ServiceError):
    """As many jobs as there may be are unfinished; `retry_after` is in seconds."""

    code = "tooManyJobs"
    status = 429
    retry_after = 60


class TooManyAttempts(ServiceError):
    """The caller is not recognised, after too many others; `retry_after` is in seconds."""

    code = "tooManyAttempts"
    status = 429
    shown = "Too many attempts have failed. Try again later."

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class IdempotencyConflict(ServiceError):
    """The key was used before, for another request."""

    code = "idempotencyConflict"
    status = 422


class UserFailed(ServiceError):
    """An operation on one user did not do what was requested. `user_id`: where the user was found."""

    def __init__(
        self, code: str, status: int, detail: str, retry_after: int | None = None, *, user_id: str = ""
    ) -> None:
        super().__init__(detail)
        self.code, self.status, self.retry_after, self.user_id = code, status, retry_after, user_id


class SignInFailed(ServiceError):
    """Entra refused to issue a Graph token; retrying changes nothing until someone acts on `detail`."""

    code = "graphSignInFailed"
    status = 502


class TokenRefused(SignInFailed):
    """Graph refuses the access token and the one requested in its place. This may pass without anyone acting."""


class _Unavailable(ServiceError):
    status = 503

    def __init__(self, detail: str, retry_after: int = 30) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class SignInUnavailable(_Unavailable):
    """Microsoft Entra could not be reached or did not answer; `retry_after` is in seconds."""

    code = "signInUnavailable"
    shown = "Microsoft Entra did not respond. Nothing was done; retry later."


class GraphUnavailable(_Unavailable):
    """What a whole job or sweep depends on could not be read."""

    code = "graphUnavailable"


class Busy(_Unavailable):
    """Nothing was begun; `retry_after` is in seconds."""

    code = "busy"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=10)


class PlanUnknown(_Unavailable):
    """What would be written is not known for now; `retry_after` is in seconds."""

    code = "graphUnavailable"


class JobsUnavailable(_Unavailable):
    """Blob storage or the engine of jobs does not answer; `retry_after` is in seconds."""

    code = "jobsUnavailable"
    shown = "Job storage or the job engine did not respond. Retry the same request later."


class StorageUnavailable(_Unavailable):
    """Blob storage, where what outlives a request is kept, does not answer; `retry_after` is in seconds."""

    code = "storageUnavailable"
    shown = "Blob storage did not respond. Nothing was done; retry later."


class VaultUnavailable(_Unavailable):
    """Key Vault could not be reached and no secret is fresh enough to go on; `retry_after` is in seconds."""

    code = "vaultUnavailable"
    shown = "Key Vault did not respond. Nothing was done; retry later."


class WorkflowNotResumed(Exception):
    """Ends a job, not a request: the workflow that waits was not told its result. `may_pass`: try again."""

    code = "workflowNotResumed"

    def __init__(self, detail: str, *, may_pass: bool) -> None:
        super().__init__(detail)
        self.detail, self.may_pass = detail, may_pass


def let_go(fault: BaseException | None) -> None:
    """Where an exception of a library is caught: its finished frames forget all they hold. Often one holds the
    exception, and such a cycle keeps the stack of the request until the cycle collector runs, which is rare."""
    while fault is not None:
        traceback.clear_frames(fault.__traceback__)
        fault.__traceback__, fault = None, fault.__context__
