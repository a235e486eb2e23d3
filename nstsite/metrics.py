"""``/metrics`` for Prometheus, read from the database at each scrape: any web process answers for all of them."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from stylizer import measurements
from stylizer.engine_hits import engine_uses

_MINUTES = f"the last {measurements.WINDOW.total_seconds() / 60:.0f} minutes"


class QueueCollector(Collector):
    """The queue, the workers and what ended lately. Seven queries, however many jobs there are."""

    def collect(self) -> Iterator[Metric]:
        """Yield each family with a value for every label."""
        active = GaugeMetricFamily("easel_jobs", "Jobs that have not ended", labels=["status", "queue"])
        for (status, queue), count in measurements.waiting_and_running().items():
            active.add_metric([status, queue], count)
        yield active
        yield GaugeMetricFamily(
            "easel_oldest_waiting_seconds",
            "How long the job that was queued first waits; 0: none waits",
            value=measurements.oldest_waiting_seconds(),
        )
        yield from self._ended()
        failures = GaugeMetricFamily(
            "easel_recent_failures", f"Jobs that failed in {_MINUTES}, by the reason's code", labels=["code"]
        )
        for code, count in measurements.failures_lately().items():
            failures.add_metric([code], count)
        yield failures
        alive = GaugeMetricFamily("easel_workers_alive", "Workers heard of in the last minute", labels=["queue"])
        silent = GaugeMetricFamily("easel_workers_silent", "Workers not heard of for longer", labels=["queue"])
        for (queue, lives), count in measurements.workers().items():
            (alive if lives else silent).add_metric([queue], count)
        yield from (alive, silent)
        engines = CounterMetricFamily(
            "easel_engine_uses",
            "Paintings and previews whose style's engine a worker had in memory (hit) or had to load (miss)",
            labels=["outcome"],
        )
        for outcome, count in engine_uses().items():
            engines.add_metric([outcome], count)
        yield engines
        yield GaugeMetricFamily(
            "easel_styles_published", "Styles that people can choose", value=measurements.published_styles()
        )

    def _ended(self) -> Iterator[Metric]:
        labels = ["style", "engine", "precision", "status"]
        jobs = GaugeMetricFamily("easel_recent_jobs", f"Jobs that ended in {_MINUTES}", labels=labels)
        seconds = GaugeMetricFamily(
            "easel_recent_job_seconds", f"Seconds from claim to result, all together, in {_MINUTES}", labels=labels
        )
        longest = GaugeMetricFamily(
            "easel_recent_job_seconds_max", f"The longest of the jobs that ended in {_MINUTES}", labels=labels
        )
        pixels = GaugeMetricFamily(
            "easel_recent_megapixels", f"Million pixels of the paintings of {_MINUTES}", labels=labels
        )
        for row in measurements.ended_lately():
            values = [row.style, row.engine, row.precision, row.status]
            jobs.add_metric(values, row.jobs)
            seconds.add_metric(values, row.seconds)
            longest.add_metric(values, row.longest)
            pixels.add_metric(values, row.megapixels)
        yield from (jobs, seconds, longest, pixels)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever shows ``EASEL_METRICS_TOKEN`` as a bearer token; without that setting there is no such page."""
    token: str = settings.EASEL_METRICS_TOKEN
    if not token:
        raise Http404
    shown = request.headers.get("Authorization", "")
    if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        return HttpResponse(
            "Metrics need the token of EASEL_METRICS_TOKEN.\n",
            "text/plain",
            401,
            headers={"WWW-Authenticate": "Bearer"},
        )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(QueueCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
