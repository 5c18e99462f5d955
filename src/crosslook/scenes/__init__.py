"""Whole rasters in physical units: bands, radiometry, composites, windows, the catalogue."""
