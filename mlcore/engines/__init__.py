"""Engines compute the painting network's forward pass; ``choose.open_engine`` takes the fastest. Needs no torch."""
