"""POST /api/report from the call to the page."""
