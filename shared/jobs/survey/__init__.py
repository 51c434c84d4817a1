"""The activities of a report (POST /api/report): the tenant as a whole, then chunk by chunk, then all users together.

tenant     policy, roles, registration report, and already the phones of the users in it
rows       one chunk of users: their rows
settle     what only all rows together tell: numbers that several users share, figures, notes
ids        who is looked for in the registration report: users by object id
parts      the blobs that they leave for each other
facts      what `tenant` has left, for those after it
activity   what all of them have in common
"""
