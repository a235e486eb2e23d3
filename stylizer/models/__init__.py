"""The style catalog, the photos and the jobs."""

from stylizer.models.batch import Batch
from stylizer.models.paint_choices import PaintChoices
from stylizer.models.photo import Photo
from stylizer.models.style import Style
from stylizer.models.style_preview import StylePreview
from stylizer.models.stylization import Status, Stylization

__all__ = ["Batch", "PaintChoices", "Photo", "Status", "Style", "StylePreview", "Stylization"]
