"""Values that may not be written, whoever wants them. Pure.

What is registered already may stay: a value that may not be written is never a reason to change something else.
"""

from dataclasses import replace

from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue
from shared.core.models import Method, SourceName, Stop
from shared.core.phone import PhoneNumber, country_of
from shared.core.plan import Policy


def admissible(desired: Desired | Stop, source: SourceName, policy: Policy) -> Desired | Stop:
    """What is desired, within ON_DIFFERENT and ALLOWED_COUNTRIES."""
    fills_only = policy.keep_different and source is SourceName.DIRECTORY
    if isinstance(desired, Stop) or not (fills_only or policy.countries):
        return desired
    values = {method: _admissible(method, value, policy, fills_only) for method, value in desired.values.items()}
    return replace(desired, values=values)


def _admissible(method: Method, value: DesiredValue, policy: Policy, fills_only: bool) -> DesiredValue:
    if fills_only:
        value = replace(value, condition=Condition.UNLESS_DIFFERENT)
    if not policy.countries or value.unfit is not None or not isinstance(value.value, PhoneNumber):
        return value
    country = country_of(value.value)
    if country in policy.countries:
        return value
    if country is None:
        where = f"is not valid in any country with +{value.value.country_code}, so ALLOWED_COUNTRIES does not allow it."
    else:
        where = f"belongs to {country}, which ALLOWED_COUNTRIES does not list."
    message = f"The number for {method} {where}"
    return replace(value, unfit=Stop(Code.INVALID_NUMBER, message))
