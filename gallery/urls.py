from django.urls import URLPattern, URLResolver, include, path

from gallery.views import albums, artworks, bulk, links, lists, reports

app_name = "gallery"

_artwork: list[URLPattern | URLResolver] = [
    path("", artworks.detail, name="detail"),
    path("files/<slug:kind>/", artworks.file, name="file"),
    path("rename/", artworks.rename, name="rename"),
    path("publish/", artworks.publish, name="publish"),
    path("star/", artworks.star, name="star"),
    path("delete/", artworks.delete, name="delete"),
    path("links/", links.create_link, name="create_link"),
    path("report/", reports.report, name="report"),
]
_album: list[URLPattern | URLResolver] = [
    path("", albums.album, name="album"),
    path("rename/", albums.rename_album, name="rename_album"),
    path("delete/", albums.delete_album, name="delete_album"),
]
_gallery: list[URLPattern | URLResolver] = [
    path("", lists.public, name="public"),
    path("mine/", lists.mine, name="mine"),
    path("mine/selected/", bulk.bulk, name="bulk"),
    path("starred/", lists.starred, name="starred"),
    path("trash/", bulk.trash, name="trash"),
    path("trash/selected/", bulk.trash_bulk, name="trash_bulk"),
    path("albums/", albums.albums, name="albums"),
    path("albums/new/", albums.create_album, name="create_album"),
    path("albums/<int:pk>/", include(_album)),
    path("save/<uuid:job>/", artworks.save, name="save"),
    path("links/<int:pk>/remove/", links.revoke_link, name="revoke_link"),
    path("link/<slug:token>/", links.link, name="link"),
    path("link/<slug:token>/files/<slug:kind>/", links.link_file, name="link_file"),
    path("<uuid:pk>/", include(_artwork)),
]
urlpatterns = [
    path("gallery/", include(_gallery)),
    path("styles/<slug:slug>/", lists.style, name="style"),
]
