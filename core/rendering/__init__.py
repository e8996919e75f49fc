"""Renders the bundled packages: carton, strokes, scene, masks, twins."""
