"""How good an answer is: pure functions from arrays to numbers."""
