"""The simulated Microsoft tenant: Key Vault, Entra sign-in, a managed identity and Graph under their real host names.

    with SandboxTenant(seed="contoso") as box:
        box.environment()      # for the process under test: proxy, certificate authority, identity endpoint, settings
        box.tenant.writes()    # what it wrote

box.py starts the servers (server.py, wire.py); entra.py, vault.py, identity.py and graph*.py speak HTTP; phones.py,
sms.py, methods.py, roles.py and sign_in.py hold the rules (those of the smaller kinds of methods are in graph_emails.py
and graph_others.py); tenant.py holds the state, made of directory.py, accounts.py, vault_secrets.py, tokens.py and
switches.py, and knows no rule; shown.py is how the state looks from outside; lifecycle.py holds
tasks that wait; faults.py and throttle.py spoil things;
control.py is the same for other processes, under /_sandbox/.

There:
* Hosts of the public cloud and of US Government. Every other host is refused with 403 and recorded.
* Key Vault: challenge, audience check, current and named versions, enabled, exp, nbf, 403 and 404 with their codes.
* Entra: OpenID configuration, signing keys, user realm, instance discovery, password, client_credentials (also for an
  app registration with exposesApi) and refresh_token grants, the AADSTS errors of aadsts.py, smart lock-out.
* AD FS for the domains that the switch federated_domains names: mex document, usernamemixed 1.3, SAML 1.1 assertions.
* Managed identity: App Service's endpoint, api-version 2019-08-01, user-assigned and system-assigned.
* Graph v1.0: users (single, $filter eq and in, $select, $count, paging, delta), groups ($filter on isAssignableToRole),
  their owners and transitiveMembers with the cast to users, directory roles (roleDefinitions, roleAssignments and
  roleEligibilityScheduleInstances, all made from what users, groups and apps hold), phoneMethods (list, get, POST,
  PATCH, DELETE, both SMS actions), emailMethods (list, get, POST, PATCH, DELETE), microsoftAuthenticator-,
  softwareOath-, fido2-, windowsHelloForBusiness-, platformCredential- and temporaryAccessPassMethods (list, get,
  DELETE), authentication/methods (list, get), $batch. beta is the same, and has the old PUT of phoneMethods.
* The authentication methods policy for sms and voice, and the registration report (userRegistrationDetails, with its
  limit of 5 calls in 10 seconds, and what it still says while it lags behind).
* Permissions by token and directory role, masked numbers, switches for what is not known (switches.py).
* Lifecycle Workflows: tasks that wait for one resume (Tenant.begin_task), by an app of their authorizedApps.
* Users and numbers that arrive later (Tenant.arrive), on the real clock or on that of a host in virtual time.
* SMS sign-in by policy, numbers that are taken by another user, also by a deleted one; the default method.
* Faults, throttling, latency, delayed visibility.

Not there: interactive sign-in, client assertions, federated credentials, IMDS, writing or listing secrets, password,
external, QR code and hardware OATH methods, new temporary access passes and passkeys, signInPreferences, other query
options ($expand, $search, $orderby), requests with compressed or chunked bodies, HTTP/2, Graph's resource-unit quotas,
and any rule of Microsoft's that is not documented or was not seen.

The words of a seed's user (also of Tenant.add_user, Tenant.change_user and POST /_sandbox/users): userPrincipalName,
optional id, any property of directory.py (onPremisesSyncEnabled true: the office phone cannot be written),
extensionAttribute1 to 15, onPremisesExtensionAttributes (null: the whole value is null), absent (properties that Graph
leaves out), phones ({"mobile": "+1 2065550100"} or {"mobile": {"phoneNumber": "+1 2065550100", "smsSignInState":
"ready"}}), email, methods ([{"kind": "microsoftAuthenticator", "id": "...", "displayName": "..."}]; every word but kind
and id is shown as it is), defaultMethod (a phoneType, or the id of one of methods), roles, eligibleRoles and roleScope
(in which both are held), restricted (in a restricted management administrative unit), password, smsSignInAllowed,
forbidden, signInError, hiddenFilterReads, reportedMethods (methodsRegistered of the registration report while it lags
behind; []: it leaves the user out). Of a new user also deleted (true: deleted softly).

Of a seed's group (also of Tenant.set_group and POST /_sandbox/groups): displayName, optional id, members and owners (by
userPrincipalName or id, groups by displayName too), roleAssignable, roles, eligibleRoles.

A seed's policies: {"sms": {"state": "enabled", "includeTargets": [{"targetType": "group", "id": "all_users"}],
"excludeTargets": []}, "voice": ...}.
"""

from .box import SandboxTenant
from .faults import Fault, What
from .journal import Record, Write
from .switches import Switches
from .tenant import Tenant
from .throttle import Throttle

__all__ = ["Fault", "Record", "SandboxTenant", "Switches", "Tenant", "Throttle", "What", "Write"]
