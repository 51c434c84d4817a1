"""Situations as data: each file in cases/ is a tenant, requests, and everything that has to come of them. Those in
seeds/ are what the scripts and connectors send that this product replaces; they travel over HTTP as well.

    description = "What is shown here, in a sentence."

    [settings]                       app settings, on top of the sandbox's own
    ON_EMPTY = "remove"

    [tenant]                         the seed "contoso", changed:
    secrets = { name = "value" }     a new version of a Key Vault secret; the value false deletes the secret
    switches = { … }                 sandbox.tenant.Switches; a status that is false is none
    faults = [{ what = "lost", … }]  sandbox.tenant.Fault
    withoutPermissions = ["…"]       application permissions that no app has
    groups = { "Name" = { … } }      added, or in place of that with the same id; the words of a seed
    [tenant.users."anna@contoso.com"]        added, or changed if the seed has the user; the words of a seed, and:
    seenFirst = { reads = 1, phones = {} }   that many reads of the phone methods show these instead

    [request]                        at most one of users, json, body
    users = ["…"]                    a list of objects, as the runbook sends it
    json = …                         any other document
    body = "…"                       text, with `encoding` (default utf-8) and `repeat`
    path = "set"                     behind /api/, default reconcile; with `method`, default POST
    query = "dryRun=true"
    type, accept = "text/csv"        Content-Type and Accept
    explicit = true                  the explicit handshake, and the setting ALLOW_EXPLICIT_VALUES unless it is given
    headers = { … }                  default: the right handshake

    [response]
    status = 200
    overall, dryRun, counts          of a report; counts that are left out are 0
    code, says, pointers, retryAfter of a problem document; `says` is a part of its detail
    idempotencyKey = "notUsed"       what the answer says of the request's Idempotency-Key
    shown = { user = "…", … }        any other answer: all of it but the correlationId and nulls; `user` has the userId
    lines = [{ method = "…", … }]    an answer in CSV, line by line: the cells that are named
    [[response.results]]             in order
    user = "…" or id = "…"           as sent
    known = false                    there is no userId
    status, code, changes, ignored   a change's method is mobile and its code the user's, unless given; no before: null

    [after]
    writes = [["PATCH", "anna@contoso.com", "mobile", "+46 701740605", 204]]   all, in each user's order
    calls = { login = 0 }            how many requests a host got
    [after.phones]                   all that differ from before; everything else must be as it was
    "anna@contoso.com" = { mobile = "+46 701740605", office = { phoneNumber = "…", smsSignInState = "notSupported" } }
    [after.users]                    the same for email, methods (ids) and defaultMethod; false: none
    "anna@contoso.com" = { email = "anna@example.com", methods = ["…"], defaultMethod = false }

    [again]                          the same request once more: codes of the users; writes, default none
    codes = ["unchanged"]

Instead of request, response and after a file may have several [[steps]], each with these three. A name that is not
listed here is an error, so that no expectation is lost to a typing mistake.
"""
