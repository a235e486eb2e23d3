"""``manage.py plot``: the same as ``python -m mlcore plot``."""

from mlcore.commands import plot
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's plot."""

    module = plot
    help = plot.SUMMARY
