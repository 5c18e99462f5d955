"""The radiometry that patches of both sensors have by default."""

SAR = {
    "sensor": "sar",
    "unit": "sigma0_db",
    "composite_bands": ["VH", "VV", "VH/VV"],
    "stretch": [[-26.0, -5.0], [-20.0, 0.0], [0.0, 1.0]],
    "ratio": "amplitude",
}
OPTICAL = {
    "sensor": "optical",
    "unit": "reflectance",
    "composite_bands": ["B04", "B03", "B02"],
    "stretch": [[0.0, 0.3]] * 3,
    "ratio": None,
}
