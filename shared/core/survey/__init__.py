"""The report on phone methods: for each user, what is registered, what should be, and what ends when. Pure.

registered   what kind of factor each method in Graph's registration report is
phones       a registered number as the report keeps it: masked, with a tag
regions      calling codes to which Microsoft sends nothing before a tenant has asked for it
tenant       what holds for the tenant as a whole: whom SMS and voice are for, who is a Global Administrator
rows         one user: the columns
figures      all users: how many are affected, when, and where

docs/report.md says what each column means.
"""
