"""Jobs: lists too long for one answer, run on Durable Functions. api/accept.py makes them, api/jobs.py shows them.

orchestrate   plan every chunk, judge all of them, apply every chunk; pure generators, driven by the engine
activities    one chunk planned or applied, with the very code of the inline path; errors are data
store         the blobs; nothing of a job is kept anywhere else but ids and counts
chunks        how a list lies in its blob
credit        what a repeated activity may count as done by this job
engine        what is needed of the engine; durable.py is that on Durable Functions
"""
