"""Is all there that the settings need? Judges what was read of vault, sign-in, directory and storage. Pure.

lines        a line of the answer, and a sheet of them: what a failed line makes unknowable is skipped
seen         what can be read, as it was seen: what could not be read is a Trouble
mends        the commands that mend something, as far as the settings say what they name
secrets      which Key Vault secrets are needed, and what is wrong with one
callers      named callers who are shut out
permissions  what the token of the webhook may do, against what the settings need
directory    users, methods, groups and administrators
policies     SMS and voice in the tenant, and when Microsoft ends them
platform     version, settings, storage, jobs and the clock
judge        all lines in their order

docs/check.md says what each line means and how it is mended.
"""
