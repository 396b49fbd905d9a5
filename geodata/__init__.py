"""Areas and places: reading files, CRS, checks, who-is-where, the sample district."""
