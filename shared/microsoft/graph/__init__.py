"""Microsoft Graph v1.0. `directory` is what core/reconcile reads and writes through.

From a list of calls to the wire:
client        takes a list of calls, gives back what each answer was read as, and retries what may be retried.
              refusals: what it means that a call is refused again and again
pacer         hands out turns to all threads. pace: how fast Graph may be asked, learnt from its answers; recent, run,
              probe and noise help it
carrier       takes a few calls to Graph: in one $batch, or singly. batching: the JSON of a batch
transport     one exchange: token, headers, time limit
calls         a call and its answer, as data. failures: what an answer that is no success means for a user;
              challenge: the claims that Graph asks for
listing       lists that come in pages

Users, and what is registered for them:
users         from names and ids to users. attributes: which properties of a user hold the desired values; holders:
              whether anybody has a value there
methods       the methods that a user has. writes: their changes
ready         asks again for what is not there yet
everyone      everyone, or the members of a group. delta: who has changed

Who must not be touched:
guarded       the protected group, administrators, the allowed group. guard_lists: where each is read; ids: object
              ids, kept in little memory

Not on the path of a request:
examine       what the check reads
survey        what the report reads, with registrations and audiences
paths         places that several of them read
workflows     resumes tasks of lifecycle workflows
"""
