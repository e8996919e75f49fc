"""Keeping results on disk between two starts of the program."""
