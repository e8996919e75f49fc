"""How far people agree, where the truth lies between them, and how well the best of maps could do."""
