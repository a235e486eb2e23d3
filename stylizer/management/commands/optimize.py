"""``manage.py optimize``: the same as ``python -m mlcore optimize``."""

from mlcore.commands import optimize
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's optimize."""

    module = optimize
    help = optimize.SUMMARY
