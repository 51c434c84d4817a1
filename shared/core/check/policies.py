"""SMS and voice: does the tenant's policy let users use them, and for how long does Microsoft deliver them?"""

from datetime import date, datetime, timedelta

from shared.core.check.lines import Finding, Sheet, ok, skipped, warning
from shared.core.check.seen import SeenDirectory, SeenPolicy, Trouble
from shared.core.survey.tenant import ENDS_LATER_ON, ENDS_ON
from shared.settings import CLOUDS, Settings

SMS, VOICE, RETIREMENT = "smsPolicy", "voicePolicy", "retirement"
NEAR = timedelta(days=90)
_PORTAL = "Entra admin center > Entra ID > Authentication methods > Policies"


def add_policies(sheet: Sheet, settings: Settings, seen: SeenDirectory, now: datetime) -> None:
    sheet.add(SMS, _policy("SMS", seen.sms, is_needed=True, mend=f"{_PORTAL} > SMS: enable"))
    # An alternate mobile and an office phone are called, never texted.
    calls = "alternateMobile" in settings.attributes or "office" in settings.attributes
    sheet.add(VOICE, _policy("Voice calls", seen.voice, is_needed=calls, mend=f"{_PORTAL} > Voice call: enable"))
    sheet.add(RETIREMENT, _retirement(settings, seen, now.date()))


def _policy(what: str, seen: SeenPolicy | Trouble | None, *, is_needed: bool, mend: str) -> Finding:
    if isinstance(seen, Trouble) and seen.status != 403:
        return skipped(f"The policy cannot be read ({seen.said}).", "Check again")
    if not isinstance(seen, SeenPolicy):
        grant = "To see it here, grant Policy.Read.AuthenticationMethod. Nothing else needs that permission"
        return skipped("The app may not read the policy.", grant)
    if seen.is_enabled:
        whom = "everybody" if seen.for_everybody else "some groups: others cannot use their number so"
        return ok(f"{what}: on in the authentication methods policy, for {whom}.")
    if is_needed:
        text = f"{what}: off in the authentication methods policy. Numbers are registered, and cannot be used so."
        return warning(text, mend)
    return ok(f"{what}: off in the authentication methods policy. Nothing here needs it.")


def _retirement(settings: Settings, seen: SeenDirectory, today: date) -> Finding:
    ends, ends_later = date.fromisoformat(ENDS_ON), date.fromisoformat(ENDS_LATER_ON)
    if settings.cloud != CLOUDS["public"]:
        return ok("Microsoft has announced an end of SMS and voice calls for the public cloud alone.")
    if all(isinstance(policy, SeenPolicy) and not policy.is_enabled for policy in (seen.sms, seen.voice)):
        return ok("SMS and voice calls are off here already.")
    if today < ends - NEAR:
        return ok(f"Microsoft delivers SMS and voice calls until {ends}.")
    verb = "ends" if today < ends else "ended"
    text = (
        f"Microsoft's own SMS and voice calls {verb} on {ends}, for Global Administrators and external users on "
        f"{ends_later}. Users with no other method have to register a passkey then."
    )
    if settings.sms_sign_in:
        text += " SMS sign-in (SMS_SIGN_IN=on) ends with any provider."
    return warning(text, f"{_PORTAL} > Configure telephony provider; or move users to passkeys")
