"""The guards: what a call must not do, judged at one place, behind the plan and before the first write. Pure.

    people     users whom nothing may touch, whatever is desired of them
    values     values that may not be written
    numbers    numbers that too many users of one list should have
    ceilings   what a request as a whole may remove and overwrite, and whether anything is written at all

The first three turn what is desired of a user, or one method, into a stop. The last one gives a verdict on all plans.
Lists, jobs and single operations all pass `core/reconcile`, which asks these four.
"""
