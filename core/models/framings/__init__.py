"""Ways to find the package in a frame; one file each."""
