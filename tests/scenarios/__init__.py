"""Situations as data: each file in cases/ is a tenant, a request, and everything that has to come of it.

    description = "What is shown here, in a sentence."

    [settings]                       app settings, on top of the sandbox's own
    ON_EMPTY = "remove"

    [tenant]                         the seed "contoso", changed:
    secrets = { name = "value" }     a new version of a Key Vault secret; the value false deletes the secret
    switches = { … }                 sandbox.tenant.Switches
    faults = [{ what = "lost", … }]  sandbox.tenant.Fault
    [tenant.users."anna@contoso.com"]        added, or changed if the seed has the user; the words of a seed, and:
    seenFirst = { reads = 1, phones = {} }   that many reads of the phone methods show these instead

    [request]                        one of users, json, body
    users = ["…"]                    a list of objects, as the runbook sends it
    json = …                         any other document
    body = "…"                       text, with `encoding` (default utf-8) and `repeat`
    query = "dryRun=true"
    headers = { … }                  default: the right handshake

    [response]
    status = 200
    overall, dryRun, counts          counts that are left out are 0
    code, says, pointers, retryAfter of a problem document; `says` is a part of its detail
    [[response.results]]             in order
    user = "…" or id = "…"           as sent
    known = false                    there is no userId
    status, code, changes            a change's method is mobile and its code the user's, unless given; no before: null

    [after]
    writes = [["PATCH", "anna@contoso.com", "mobile", "+46 701740605", 204]]   all, in each user's order
    calls = { login = 0 }            how many requests a host got
    [after.phones]                   all that differ from before; everything else must be as it was
    "anna@contoso.com" = { mobile = "+46 701740605" }

    [again]                          the same request once more: codes of the users; writes, default none
    codes = ["unchanged"]

A name that is not listed here is an error, so that no expectation is lost to a typing mistake.
"""
