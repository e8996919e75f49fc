"""How well a map points at a region that is known to be damaged."""
