"""One visual idea per file: a value and a key in, drawn; the person's answer out."""
