"""What is registered, as the routes for one user show it. Names and ids are those of Microsoft Graph. Pure."""

from shared.core.models import METHOD_IDS, Current, Method, PhoneMethod, SmsState
from shared.core.report import Json


def phone_methods(current: Current, *, full: bool) -> list[Json]:
    """`full`: numbers in clear."""
    return [phone_body(phone, full=full) for phone in current.phones]


def all_methods(current: Current, *, full: bool) -> list[Json]:
    """Every method that can be removed."""
    phones: list[Json] = [{"method": body["phoneType"], **body} for body in phone_methods(current, full=full)]
    email = current.email
    emails: list[Json] = (
        [
            {
                "method": Method.EMAIL.value,
                "id": METHOD_IDS[Method.EMAIL],
                "emailAddress": email.text if full else email.masked,
            }
        ]
        if email
        else []
    )
    others: list[Json] = [
        {"method": other.method.value, "id": other.id, "displayName": other.name} for other in current.others
    ]
    return phones + emails + others


def phone_body(phone: PhoneMethod, *, full: bool) -> Json:
    number = phone.number.in_clear if full else phone.number.masked
    return phone_method_body(phone.method, number, phone.sms_sign_in_state)


def phone_method_body(method: Method, number: str | None, state: SmsState | None) -> Json:
    return {
        "id": METHOD_IDS[method],
        "phoneType": method.value,
        "phoneNumber": number,
        "smsSignInState": state.value if state else None,
    }
