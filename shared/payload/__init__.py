"""Raw bytes to what they ask for, or every reason why not. Pure: nothing here reads or sends anything."""

# How many reasons an answer lists.
MAX_FAULTS = 100
