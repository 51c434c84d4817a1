"""A simulated storage account: a blob endpoint in a folder, for the unmodified azure-storage-blob.

It serves plain HTTP on 127.0.0.1 with the account and key that Microsoft documents for development, checks every
signature, and keeps its blobs in files, so that they are there again when another process opens the folder.

    folder.py     containers and blobs in a folder
    signature.py  the Shared Key of a request, pure
    service.py    requests to the blob service, and their answers
    server.py     SandboxStorage: the running endpoint

Supported: create, delete and look at a container; put a whole block blob, make an append blob and append to it, get a
blob or a range of it, its properties, delete it, list blobs by prefix, with or without a delimiter, in pages; metadata,
content type, ETags, If-Match and If-None-Match.

What it does not do: uploads in blocks (the client does that for streams of unknown length and from 64 MiB up),
conditions on the length of an append blob, page blobs, leases, snapshots, versions, copies, tags, tiers, set metadata,
batches, operations on the account, SAS and Entra tokens, checks of Content-MD5, If-Modified-Since, lifecycle rules,
queues and tables. An operation that is not known is answered with 501. It takes requests with a wrong clock, names of
more than 1,024 characters and appended blocks of more than 100 MiB, and gives names of metadata back in lower case. One
process at a time may use a folder.
"""

from sandbox.storage.server import SandboxStorage

__all__ = ["SandboxStorage"]
