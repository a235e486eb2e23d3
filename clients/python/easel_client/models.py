"""What the server answers with. Fields that a later server adds are in ``raw``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Size = int | Literal["original"]
PictureFormat = Literal["jpeg", "png", "webp"]


@dataclass(frozen=True)
class Style:
    """A style of the catalog."""

    slug: str
    name: str
    artist: str
    year: str
    licence: str
    description: str
    preview_url: str
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Style:
        """Return it from JSON."""
        words = {name: str(data.get(name, "")) for name in ("artist", "year", "licence", "description", "preview_url")}
        return cls(slug=data["slug"], name=data["name"], raw=data, **words)


@dataclass(frozen=True)
class JobError:
    """Why a job failed."""

    code: str
    detail: str


@dataclass(frozen=True)
class Job:
    """One photo being painted in one style."""

    id: str
    status: Status
    progress: int
    """Per cent."""
    style: str
    """The style's slug."""
    result_url: str | None
    result_width: int | None
    """Pixels."""
    result_height: int | None
    error: JobError | None
    place: int | None
    """In the queue, 1 being next."""
    eta_seconds: int | None
    created_at: datetime
    finished_at: datetime | None
    seconds: float | None
    """That painting took."""
    raw: Mapping[str, Any] = field(repr=False, compare=False)
    replayed: bool = False
    """Whether an earlier request with the same idempotency key made it."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.status not in ("queued", "running")

    @classmethod
    def read(cls, data: Mapping[str, Any], *, replayed: bool = False) -> Job:
        """Return it from JSON."""
        error = data.get("error")
        return cls(
            id=data["id"],
            status=data["status"],
            progress=data["progress"],
            style=data["style"],
            result_url=data.get("result_url"),
            result_width=data.get("result_width"),
            result_height=data.get("result_height"),
            error=JobError(error["code"], error["detail"]) if error else None,
            place=data.get("place"),
            eta_seconds=data.get("eta_seconds"),
            created_at=datetime.fromisoformat(data["created_at"]),
            finished_at=_moment(data.get("finished_at")),
            seconds=data.get("seconds"),
            raw=data,
            replayed=replayed,
        )


@dataclass(frozen=True)
class Batch:
    """Several jobs that were made together. In a list ``jobs`` is empty."""

    id: str
    name: str
    created_at: datetime
    jobs: tuple[Job, ...]
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return all(job.has_ended for job in self.jobs)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Batch:
        """Return it from JSON."""
        jobs = tuple(Job.read(job) for job in data.get("stylizations", ()))
        return cls(data["id"], data["name"], datetime.fromisoformat(data["created_at"]), jobs, data)


@dataclass(frozen=True)
class Photo:
    """A photo that was uploaded, to be painted any number of times."""

    id: str
    name: str
    width: int
    """Pixels, upright."""
    height: int
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Photo:
        """Return it from JSON."""
        return cls(data["id"], data["name"], data["width"], data["height"], data)


@dataclass(frozen=True)
class Artwork:
    """A painting in a gallery."""

    id: str
    title: str
    owner: str
    """The owner's user name."""
    style: str
    is_mine: bool
    is_public: bool
    star_count: int
    has_starred: bool
    page_url: str
    """For people."""
    created_at: datetime
    trashed_at: datetime | None
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Artwork:
        """Return it from JSON."""
        return cls(
            id=data["id"],
            title=data["title"],
            owner=data["owner"],
            style=data["style"],
            is_mine=data["is_mine"],
            is_public=data["is_public"],
            star_count=data["star_count"],
            has_starred=data["has_starred"],
            page_url=data["page_url"],
            created_at=datetime.fromisoformat(data["created_at"]),
            trashed_at=_moment(data.get("trashed_at")),
            raw=data,
        )


@dataclass(frozen=True)
class Event:
    """Something that was told of a job or a batch while it was going on."""

    id: str
    name: str
    """``progress``, and in the end ``succeeded``, ``failed`` or ``cancelled``."""
    data: Mapping[str, Any]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
