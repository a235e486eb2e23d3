"""How titles, styles and names are written for sorting and searching: without case, width and accents in the way."""

from __future__ import annotations

import unicodedata

MAX_TERMS = 6
"""Terms of one search that count; each costs the database another look at the index."""
SHORT = 3
"""Below so many characters a term is looked for at the start of words only: the index knows groups of three."""


def fold(text: str) -> str:
    """Return ``text`` in the one form that is compared: NFKD without accents, case folded, one space between words."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\0", " "))
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFKC", letters).casefold().split())


def searchable(*parts: str) -> str:
    """Return the text that searches look into: every part folded, with a space before each word."""
    return f" {' '.join(filter(None, map(fold, parts)))} "


def patterns(query: str) -> list[str]:
    """Return what a text must contain, all of it, to be an answer to ``query``."""
    terms = fold(query).split()[:MAX_TERMS]
    return [term if len(term) >= SHORT else f" {term}" for term in terms]
