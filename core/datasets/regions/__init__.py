"""Marked areas in the files of other tools: one format a file."""
