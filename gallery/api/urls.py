from django.urls import include, path
from rest_framework.routers import SimpleRouter

from gallery.api import albums, artworks, bulk, lists

app_name = "gallery_api"
router = SimpleRouter(use_regex_path=False)
router.register("artworks", artworks.ArtworkViewSet, basename="artwork")
router.register("albums", albums.AlbumViewSet, basename="album")

_links = SimpleRouter(use_regex_path=False)
_links.register("links", albums.LinkViewSet, basename="link")
_entries = albums.AlbumEntries

urlpatterns = [
    path("artworks/public/", lists.PublicArtworks.as_view(), name="artwork-public"),
    path("artworks/starred/", lists.StarredArtworks.as_view(), name="artwork-starred"),
    path("artworks/trash/", lists.Trash.as_view(), name="trash"),
    path("artworks/bulk/", bulk.BulkArtworks.as_view(), name="artwork-bulk"),
    path("artworks/<uuid:artwork>/", include(_links.urls)),
    path("albums/<int:pk>/artworks/", _entries.as_view({"get": "list", "post": "create"}), name="album-artworks"),
    path("albums/<int:pk>/artworks/<uuid:artwork>/", _entries.as_view({"delete": "destroy"}), name="album-artwork"),
    path("", include(router.urls)),
]
