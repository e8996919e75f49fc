"""Printed lines: found, made upright, read, and believed only as far as they deserve it."""
