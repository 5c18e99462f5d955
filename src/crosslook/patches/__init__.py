"""What networks eat: annotations, patches with their places, splits, datasets."""
