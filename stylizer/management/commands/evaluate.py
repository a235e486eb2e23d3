"""``manage.py evaluate``: the same as ``python -m mlcore evaluate``."""

from mlcore.commands import evaluate
from stylizer.mlcore_command import MlcoreCommand


class Command(MlcoreCommand):
    """Run mlcore's evaluate."""

    module = evaluate
    help = evaluate.SUMMARY
