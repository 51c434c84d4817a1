"""Plans: their ids, who may exceed a ceiling, dry runs that are applied, and what is counted for a day."""
