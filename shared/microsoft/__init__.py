"""Everything behind an SDK or a socket: Key Vault, Entra, the managed identity, storage, and `graph`."""
