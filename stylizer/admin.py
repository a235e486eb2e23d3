"""Administration of catalog and jobs; each page has a file of its own."""

from __future__ import annotations

from stylizer import admin_intakes, admin_jobs, admin_styles

__all__ = ["admin_intakes", "admin_jobs", "admin_styles"]
