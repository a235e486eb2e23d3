"""The REST API: one thing done to many of one's own works in one request."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.albums import add_to_album, move_to_album, take_out
from gallery.api import examples
from gallery.models import Album, Artwork, ArtworkQuerySet
from gallery.publishing import make_private, publish
from gallery.trash import delete_for_good, move_to_trash, restore
from stylizer.api.idempotency import idempotent
from stylizer.api.openapi import answered, sent
from stylizer.api.problems import problem
from stylizer.rejections import Rejected

VERBS = ("publish", "make_private", "add_to_album", "move_to_album", "take_out_of_album", "trash", "restore", "delete")
WITH_ALBUM = {"add_to_album": add_to_album, "move_to_album": move_to_album, "take_out_of_album": take_out}
IN_TRASH = {"restore", "delete"}


class BulkRequestSerializer(serializers.Serializer[Any]):
    """What is to be done, and to which works."""

    MOST = 500
    verb = serializers.ChoiceField(VERBS, help_text="restore and delete are for works in the trash.")
    artworks = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST)
    album = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="Needed by the verbs that end in album."
    )


class BulkSerializer(serializers.Serializer[Any]):
    """What came of it."""

    changed = serializers.IntegerField(help_text="How many works are not as they were, or were asked to be so.")
    hidden_by_staff = serializers.ListField(
        child=serializers.UUIDField(), help_text="Those that were not published because staff hid them."
    )


class BulkArtworks(generics.GenericAPIView[Artwork]):
    """Many of the caller's works at once."""

    queryset = Artwork.objects.none()  # names the model
    serializer_class = BulkRequestSerializer
    throttle_scope = "create"
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        summary="Do one thing to many of your works",
        request=BulkRequestSerializer,
        responses={
            200: BulkSerializer,
            400: problem(
                invalid="Some fields cannot be accepted.",
                artwork_unknown="Of these works some are not yours, or not where the verb looks for them.",
                album_unknown="You have no such album.",
            ),
        },
        examples=[
            sent("publish", {"verb": "publish", "artworks": [examples.ARTWORK["id"]]}),
            answered("published", {"changed": 1, "hidden_by_staff": []}),
        ],
    )
    @idempotent
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All of them or, where one is not the caller's or not where the verb looks, none."""
        serializer = BulkRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        verb, keys = serializer.validated_data["verb"], set(serializer.validated_data["artworks"])
        user = request.user
        own = Artwork.objects.trashed_by(user) if verb in IN_TRASH else Artwork.objects.owned_by(user)
        chosen = own.filter(pk__in=keys)
        album = self._album(serializer.validated_data.get("album")) if verb in WITH_ALBUM else None
        with transaction.atomic():
            if chosen.count() < len(keys):
                raise Rejected(
                    "artwork_unknown",
                    "Of these works some are not yours, or not where the verb looks for them: restore and delete in "
                    "the trash, the others in the gallery. Nothing was changed.",
                    field="artworks",
                )
            changed, hidden = _carry_out(verb, chosen, album)
        return Response({"changed": changed, "hidden_by_staff": hidden})

    def _album(self, key: int | None) -> Album:
        own = Album.objects.visible_to(self.request.user)
        album = None if key is None else own.filter(pk=key).first()
        if album is None:
            raise Rejected("album_unknown", "You have no such album. Name one of yours by its id.", field="album")
        return album


def _carry_out(verb: str, chosen: ArtworkQuerySet, album: Album | None) -> tuple[int, list[Any]]:
    if album is not None:
        return WITH_ALBUM[verb](album, chosen), []
    match verb:
        case "publish":
            hidden = list(chosen.filter(hidden_at__isnull=False).values_list("pk", flat=True))
            return publish(chosen), hidden
        case "make_private":
            return make_private(chosen), []
        case "trash":
            return move_to_trash(chosen), []
        case "restore":
            return restore(chosen), []
    return delete_for_good(chosen).artworks, []
