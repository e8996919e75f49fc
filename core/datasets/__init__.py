"""Reading packages from disk: pictures, class folders, marked boxes, content hashes, splits."""
