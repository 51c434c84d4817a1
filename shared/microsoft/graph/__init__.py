"""Microsoft Graph v1.0 as a `reconcile.Directory`: `client` sends calls, the other modules know what they mean."""
