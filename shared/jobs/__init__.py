"""Jobs: lists too long for one answer, run on Durable Functions. api/accept.py makes them, api/jobs.py shows them.

The way of a job:
order         how it begins: room for it, and what the engine is told
list_users    whom it lists itself: a group, or everyone
orchestrate   plan every chunk, judge all of them, apply every chunk; pure generators, driven by the engine. outcome:
              what they come to
activities    one chunk planned or applied, with the very code of the inline path; frame: errors are data
judge         the whole list against the guards, between plan and writes; chunk_judge looks again before a chunk writes.
              weighed: what a plan counts for; withheld: a plan without a shared number
whole         what concerns all chunks: users named twice, the end of the job
due           whom a chunk has still to deal with, and whom a run that was cut off may have changed
credit        what may count as done by this job where a chunk ran twice
trail         its records in the audit trail; life: its lines in the log
bodies        what results of users say and come to; results: those of the whole job; answers: what an activity answers
resume        tells the lifecycle workflow that waits for it

What a schedule starts:
sweep         who has changed in the directory becomes a job; sweep_left: whom earlier sweeps left behind;
              sweep_verdict: its ceilings
drift         a check: a dry run of everyone. nightly: how long each secret is still valid
alone         none of them runs twice at once

survey/       the report

What it stands on:
store         the blobs; nothing of a job is kept anywhere else but ids and counts. chunks: how a list lies in its blob
index         the list of jobs
engine        what is needed of the engine; durable.py is that on Durable Functions
"""
