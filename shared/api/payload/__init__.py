"""Raw bytes to what they ask for, or every reason why not. Pure: nothing here reads or sends anything."""
