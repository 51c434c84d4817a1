"""Callers over HTTP: proofs, rights, signed calls, guesses, and whose jobs are whose."""
