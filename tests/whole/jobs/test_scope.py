"""Everyone, and the members of a group, as the list of a job."""
