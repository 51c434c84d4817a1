"""What outlives a request, in blobs of the container `records`. Clients are handed in; nothing is built here.

app_key   the key of this app: whatever must not be computed outside (job ids) is computed with it
"""
