"""What a developer runs instead of Azure: a simulated tenant and a local Functions host. Imports nothing of shared."""
