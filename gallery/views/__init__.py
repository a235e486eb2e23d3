"""The gallery's pages: access, then form, then verb, then redirect."""
