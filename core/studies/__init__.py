"""Questions asked of trained networks and of their stored answers, one a file."""
