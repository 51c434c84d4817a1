"""HTTP: the frame of every route, who may call, the routes themselves, and `payload`, which reads bodies."""
