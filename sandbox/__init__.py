"""What a developer runs instead of Azure: a pretend tenant and a local Functions host. Imports nothing of shared."""
