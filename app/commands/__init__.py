"""Commands of `secondlook`, one a file, that are more than a few lines."""
