"""Teaching a network: recipes, augmentation, the loop, cross-validation."""
