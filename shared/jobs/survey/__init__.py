"""The activities of a report (POST /api/report): the tenant as a whole, then chunk by chunk, then all users together.

tenant     policy, roles, registration report, and already the phones of the users in it
rows       one chunk of users: their rows
settle     what only all rows together tell: numbers that several users share, figures, notes
parts      what they leave for each other: object ids of the users, what `tenant` has read
"""
