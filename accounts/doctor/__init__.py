"""Where rows and files have come apart, and putting it right; for ``manage.py doctor``."""
