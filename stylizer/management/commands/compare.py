"""``manage.py compare``: the same as ``python -m mlcore compare``."""

from mlcore.commands import compare
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's compare."""

    module = compare
    help = compare.SUMMARY
