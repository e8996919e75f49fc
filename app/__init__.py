"""The faces of the program: what a person sees and touches; nothing is computed here."""
