"""``manage.py train``: the same as ``python -m mlcore train``."""

from mlcore.commands import train
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's train."""

    module = train
    help = train.SUMMARY
