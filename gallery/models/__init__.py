"""What people keep and show."""

from gallery.models.album import Album, AlbumEntry
from gallery.models.artwork import Artwork, image_path, large_thumbnail_path, thumbnail_path
from gallery.models.artwork_queries import ArtworkQuerySet
from gallery.models.hiding import Hiding
from gallery.models.report import Reason, Report, ReportStatus
from gallery.models.star import Star
from gallery.models.unlisted_link import UnlistedLink

__all__ = [
    "Album",
    "AlbumEntry",
    "Artwork",
    "ArtworkQuerySet",
    "Hiding",
    "Reason",
    "Report",
    "ReportStatus",
    "Star",
    "UnlistedLink",
    "image_path",  # the paths are named by migrations
    "large_thumbnail_path",
    "thumbnail_path",
]
