"""How the tables of the annotations came to be, step by step."""
