"""What the API says of styles and jobs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from stylizer.estimates import Line
from stylizer.models import Status, Style, Stylization


class StyleSerializer(serializers.ModelSerializer[Style]):
    """A style of the catalog."""

    preview_url = serializers.SerializerMethodField()
    engine = serializers.SerializerMethodField()

    class Meta:
        model = Style
        fields = ["slug", "name", "artist", "year", "licence", "source", "description", "preview_url", "engine"]

    def get_preview_url(self, style: Style) -> str:
        """Return the absolute address of the preview picture."""
        address = reverse("api:style-preview", args=[style.slug], request=self.context["request"])
        return f"{address}?v={style.preview_version}"

    def get_engine(self, style: Style) -> dict[str, Any] | None:
        """Return what paints in it and how far that is from float32; null until a worker has loaded it."""
        if not style.engine:
            return None
        measured = {"mean_absolute_error": style.deviation, "psnr": style.deviation_psnr, "ssim": style.deviation_ssim}
        deviation = measured if style.deviation is not None else None
        return {"name": style.engine, "precision": style.precision, "deviation": deviation}


class StylizationSerializer(serializers.ModelSerializer[Stylization]):
    """A job; ``result_url`` and ``error`` are null until there is one. Wants ``line`` in its context."""

    url = serializers.HyperlinkedIdentityField("api:stylization-detail")
    style = serializers.SlugField(source="style.slug")  # type: ignore[assignment]  # Field.style is DRF's own name
    photo = serializers.UUIDField(source="photo_id", read_only=True)
    batch = serializers.UUIDField(source="batch_id", read_only=True, allow_null=True)
    size = serializers.SerializerMethodField()
    format = serializers.SerializerMethodField()
    quality = serializers.SerializerMethodField()
    result_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    events_url = serializers.HyperlinkedIdentityField("api:stylization-events")
    error = serializers.SerializerMethodField()
    place = serializers.SerializerMethodField()
    eta_seconds = serializers.SerializerMethodField()

    class Meta:
        model = Stylization
        fields = [
            *("id", "url", "events_url", "status", "progress", "photo", "style", "batch"),
            *("size", "strength", "keep_colors", "brush", "format", "quality"),
            *("result_url", "thumbnail_url", "result_width", "result_height"),
            *("error", "attempts", "place", "eta_seconds", "created_at", "started_at", "finished_at", "seconds"),
        ]

    def get_size(self, job: Stylization) -> int | str:
        """Return the longest side in pixels, or "original"."""
        return job.size if job.size is not None else "original"

    def get_format(self, job: Stylization) -> str:
        """Return jpeg, png or webp."""
        return job.format.lower()

    def get_quality(self, job: Stylization) -> int | None:
        """Return 1 to 100; null for PNG, which has none."""
        return None if job.format == "PNG" else job.quality

    def get_result_url(self, job: Stylization) -> str | None:
        """Return where the painting is, for its owner only."""
        if job.status != Status.SUCCEEDED:
            return None
        return str(reverse("api:stylization-result", args=[job.pk], request=self.context["request"]))

    def get_thumbnail_url(self, job: Stylization) -> str | None:
        """Return where a small copy of the painting is, a WebP, for its owner only."""
        if job.status != Status.SUCCEEDED:
            return None
        return str(reverse("api:stylization-thumbnail", args=[job.pk], request=self.context["request"]))

    def get_error(self, job: Stylization) -> dict[str, str] | None:
        """Return why the job failed."""
        if job.status != Status.FAILED:
            return None
        return {"code": job.error_code, "detail": job.error_detail}

    def get_place(self, job: Stylization) -> int | None:
        """Return the place in the queue, 1 being next."""
        return self._line().place(job)

    def get_eta_seconds(self, job: Stylization) -> int | None:
        """Return the estimated seconds until the result."""
        return self._line().eta_seconds(job)

    def _line(self) -> Line:
        line: Line = self.context["line"]
        return line


def job_data(request: Request, job: Stylization) -> dict[str, Any]:
    """Return a job as the API says it."""
    return dict(StylizationSerializer(job, context={"request": request, "line": Line()}).data)
