"""The style catalog and the jobs."""

from stylizer.models.style import Style
from stylizer.models.stylization import Status, Stylization

__all__ = ["Status", "Style", "Stylization"]
