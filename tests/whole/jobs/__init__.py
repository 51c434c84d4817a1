"""Jobs end to end: the app in the host, with the durable stand-in and the blob endpoint behind it."""
