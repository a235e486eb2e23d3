"""``manage.py diagnose``: the same as ``python -m mlcore diagnose``."""

from mlcore.commands import diagnose
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's diagnose."""

    module = diagnose
    help = diagnose.SUMMARY
