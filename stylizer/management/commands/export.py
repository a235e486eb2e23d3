"""``manage.py export``: the same as ``python -m mlcore export``."""

from mlcore.commands import export
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's export."""

    module = export
    help = export.SUMMARY
