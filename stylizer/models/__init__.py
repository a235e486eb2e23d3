"""The style catalog and the jobs."""

from stylizer.models.paint_choices import PaintChoices
from stylizer.models.style import Style
from stylizer.models.stylization import Status, Stylization

__all__ = ["PaintChoices", "Status", "Style", "Stylization"]
