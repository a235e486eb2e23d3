"""The style catalog, the photos and the jobs."""

from stylizer.models.paint_choices import PaintChoices
from stylizer.models.photo import Photo
from stylizer.models.style import Style
from stylizer.models.stylization import Status, Stylization

__all__ = ["PaintChoices", "Photo", "Status", "Style", "Stylization"]
