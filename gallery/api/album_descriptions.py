"""What the API's description says of albums and links."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view

from gallery.api import examples
from gallery.api.serializers import (
    AlbumAdditionSerializer,
    AlbumSerializer,
    ArtworkSerializer,
    LinkRequestSerializer,
    LinkSerializer,
)
from stylizer.api.openapi import REPEATED, answered, sent
from stylizer.api.problems import problem

_ONE = [answered("album", examples.ALBUM)]
_NAMED = [sent("name", {"name": "By the sea"}), *_ONE]
_TAKEN = "You have an album of this name already."

describe_albums = extend_schema_view(
    list=extend_schema(summary="List your albums, by name", examples=_ONE),
    retrieve=extend_schema(summary="Look at an album", examples=_ONE),
    create=extend_schema(
        summary="Make an album",
        responses={201: AlbumSerializer, 409: problem(name_taken=_TAKEN, **REPEATED)},
        examples=_NAMED,
    ),
    partial_update=extend_schema(
        summary="Rename an album", responses={200: AlbumSerializer, 409: problem(name_taken=_TAKEN)}, examples=_NAMED
    ),
    destroy=extend_schema(summary="Delete an album and none of its works"),
)
describe_entries = extend_schema_view(
    list=extend_schema(
        summary="List the works of an album",
        responses={200: ArtworkSerializer(many=True)},
        examples=[answered("works", examples.ARTWORK)],
    ),
    create=extend_schema(
        summary="Put works into an album",
        request=AlbumAdditionSerializer,
        responses={
            200: AlbumSerializer,
            400: problem(
                invalid="Some fields cannot be accepted.",
                artwork_unknown="You have no such work, or it is in the trash.",
            ),
        },
        examples=[sent("works", {"artworks": [examples.ARTWORK["id"]]}), *_ONE],
    ),
    destroy=extend_schema(summary="Take a work out of an album", responses={204: None}),
)
describe_links = extend_schema_view(
    list=extend_schema(summary="List the links to a work", examples=[answered("links", examples.LINK)]),
    create=extend_schema(
        summary="Make a link to a work",
        request=LinkRequestSerializer,
        responses={
            201: LinkSerializer,
            400: problem(
                invalid="Some fields cannot be accepted.",
                too_many_links="A picture has at most 20 links. Remove one of the others first.",
            ),
            409: problem(hidden_by_staff="Staff hid this picture, so a link would lead nowhere.", **REPEATED),
        },
        examples=[sent("a week", {"expires_in_days": 7}), answered("link", examples.LINK)],
    ),
    destroy=extend_schema(summary="Remove a link, which leads nowhere from now on"),
)
