"""The library of Second Look: a notebook, a script or a test can use it without any screen."""
