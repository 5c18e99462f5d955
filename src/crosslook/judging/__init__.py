"""Judges of translators: what checkpoints make, seen by networks, a land-cover model and labels."""
