"""SMS and voice: does the tenant's policy let users use them, and for how long does Microsoft deliver them?"""

from datetime import date, datetime, timedelta

from shared.core.check import mends
from shared.core.check.lines import Finding, Sheet, ok, skipped, warning
from shared.core.check.seen import SeenDirectory, SeenPolicy, SeenToken, Trouble
from shared.core.grants import READ_POLICY, READER, lacks_only_reader, way_out
from shared.core.survey.tenant import ENDS_LATER_ON, ENDS_ON
from shared.settings import CLOUDS, Settings

SMS, VOICE, RETIREMENT = "smsPolicy", "voicePolicy", "retirement"
NEAR = timedelta(days=90)
_PORTAL = "Entra admin center > Entra ID > Authentication methods > Policies"
_ONLY = "Only this line and the report need it"


def add_policies(sheet: Sheet, settings: Settings, token: SeenToken | None, seen: SeenDirectory, now: datetime) -> None:
    """`token`: None where it cannot be read."""
    sheet.add(SMS, _policy("SMS", token, seen.sms, is_needed=True, mend=f"{_PORTAL} > SMS: enable"))
    # An alternate mobile and an office phone are called, never texted.
    calls = "alternateMobile" in settings.attributes or "office" in settings.attributes
    sheet.add(VOICE, _policy("Voice calls", token, seen.voice, is_needed=calls, mend=f"{_PORTAL} > Voice call: enable"))
    sheet.add(RETIREMENT, _retirement(settings, seen, now.date()))


def _policy(
    what: str, token: SeenToken | None, seen: SeenPolicy | Trouble | None, *, is_needed: bool, mend: str
) -> Finding:
    if isinstance(seen, Trouble) and seen.status != 403:
        return skipped(f"The policy cannot be read ({seen.said}).", "Check again")
    if not isinstance(seen, SeenPolicy):
        if token is not None and lacks_only_reader(token, READ_POLICY):
            grant = mends.assign_role(READER)
            return skipped("The service account may not read the policy.", f"{grant}. {_ONLY}")
        return skipped("The app may not read the policy.", f"{way_out(token, READ_POLICY)} {_ONLY}")
    if seen.is_enabled:
        whom = "everybody" if seen.for_everybody else "some groups only. Other users cannot use their number this way"
        return ok(f"{what}: on in the authentication methods policy, for {whom}.")
    if is_needed:
        text = f"{what}: off in the authentication methods policy. Users cannot use their registered numbers this way."
        return warning(text, mend)
    return ok(f"{what}: off in the authentication methods policy. The settings do not need it.")


def _retirement(settings: Settings, seen: SeenDirectory, today: date) -> Finding:
    ends, ends_later = date.fromisoformat(ENDS_ON), date.fromisoformat(ENDS_LATER_ON)
    if settings.cloud != CLOUDS["public"]:
        return ok("Microsoft has announced the end of SMS and voice calls only for the public cloud.")
    if all(isinstance(policy, SeenPolicy) and not policy.is_enabled for policy in (seen.sms, seen.voice)):
        return ok("SMS and voice calls are already off in this tenant.")
    if today < ends - NEAR:
        return ok(f"Microsoft delivers SMS and voice calls until {ends}.")
    verb = "end" if today < ends else "ended"
    text = (
        f"Microsoft's own SMS and voice calls {verb} on {ends}, for Global Administrators and external users on "
        f"{ends_later}. Users with no other method must then register a passkey."
    )
    if settings.sms_sign_in:
        text += " SMS sign-in (SMS_SIGN_IN=on) ends even with a provider of your own."
    return warning(text, f"{_PORTAL} > Configure telephony provider, or move users to passkeys")
