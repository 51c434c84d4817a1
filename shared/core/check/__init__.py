"""Does the app have everything that its settings need? Judges what it saw of vault, sign-in, directory, storage. Pure.

lines        a line of the answer, and a sheet of them: lines that depend on a failed line are skipped
seen         what the check saw: a Trouble is what it could not read
mends        the commands that fix something, with names from the settings
secrets      which Key Vault secrets are needed, and what is wrong with one
callers      named callers that would be refused
permissions  what the token of the webhook may do, against what the settings need
directory    users, methods, groups and administrators
policies     SMS and voice in the tenant, and when Microsoft ends them
platform     version, settings, storage, jobs and the clock
judge        all lines in their order

docs/check.md says what each line means and how to fix it.
"""
