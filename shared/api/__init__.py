"""HTTP: the frame of every route, who may come in, the routes themselves, and `payload`, which reads bodies."""
