"""crosslook: labelled optical imagery in, detectors for SAR out."""

__version__ = "0.1.0"
