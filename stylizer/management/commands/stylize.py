"""``manage.py stylize``: the same as ``python -m mlcore stylize``."""

from mlcore.commands import stylize
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's stylize."""

    module = stylize
    help = stylize.SUMMARY
