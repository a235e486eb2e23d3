"""What runs by itself every day."""

from __future__ import annotations

import logging

from gallery.search_upkeep import refresh_words
from gallery.starring import recount
from gallery.trash import empty_trash
from gallery.unlisted_links import remove_expired
from stylizer.orphans import remove_orphans
from stylizer.pruning import prune_history

logger = logging.getLogger(__name__)


def prune() -> str:
    """Remove what has been kept for long enough, put right what may have drifted, and say what was done.

    Runs by a schedule; the sentence is kept as the task's result and stands in the log.
    """
    history, trash, orphans = prune_history(), empty_trash(), remove_orphans()
    said = (
        f"Removed {history.jobs} unsaved results ({history.bytes / 1e6:.1f} MB) from the history, {trash.artworks} "
        f"works ({trash.bytes / 1e6:.1f} MB) from the trash, {remove_expired()} expired links and {len(orphans)} files "
        f"that nothing named; corrected {recount()} counts of stars and the words of {refresh_words()} works."
    )
    logger.info("%s", said)
    return said
