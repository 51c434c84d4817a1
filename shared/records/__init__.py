"""What outlives a request, in blobs of the containers `records` and `audit`. Clients are handed in, not built here.

blobs     the blobs of one container; jobs/store.py and the parts of a report are on it too
app_key   the key of this app: whatever must not be computed outside (job ids) is computed with it
used_ids  the ids of signed calls, each of which is good once
audit     who did what to whom, and who was refused
ledger    what may be removed and overwritten in a day; its arithmetic is in reservations
sweeps    where the next sweep begins, and what the last one left
"""
