"""One way to compare a map with a region a file."""
