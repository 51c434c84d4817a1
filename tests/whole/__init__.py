"""Whole runs: HTTP through the local Functions host, the function app inside it, the sandbox tenant behind it."""
