"""Engines compute the painting network's forward pass; which one is for ``choose_engine`` to say. Needs no torch."""
