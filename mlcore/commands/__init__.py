"""One module a command, each with ``add_arguments(parser)`` and ``run(options, console) -> exit status``.

``python -m mlcore`` and ``manage.py`` share them. Importing a command costs no torch, so ``--help`` is quick.
"""
