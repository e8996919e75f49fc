"""Which pixels spoke for a class; one method a file."""
