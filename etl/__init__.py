"""How data comes in: extract, map, check, load, publish."""
