"""``manage.py bench``: the same as ``python -m mlcore bench``."""

from mlcore.commands import bench
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's bench."""

    module = bench
    help = bench.SUMMARY
