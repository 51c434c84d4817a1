"""The product: what users should have, what they have, and how the one becomes the other.

Pure: Microsoft Graph stands behind the protocols `reconcile.Directory`, `apply.Writer` and `survey.graph.Survey`.
"""
