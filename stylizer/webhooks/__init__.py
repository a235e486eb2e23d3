"""Telling programs elsewhere that a job or a batch has ended: signed, retried, never sent into the house."""
