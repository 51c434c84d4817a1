"""Jobs: lists too long for one answer, run on Durable Functions.

accept        a request becomes a job: its list goes to blob storage, its id to the caller
orchestrate   plan every chunk, judge all of them, apply every chunk; pure generators, driven by the engine
activities    one chunk planned or applied, with the very code of the inline path; errors are data
watch         how a job is getting on, what came of every user, and its cancellation
store         the blobs; nothing of a job is kept anywhere else but ids and counts
chunks        how a list lies in its blob
"""
