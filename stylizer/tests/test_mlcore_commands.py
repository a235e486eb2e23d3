"""``manage.py COMMAND`` and ``python -m mlcore COMMAND`` are the same thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command, load_command_class

from mlcore.cli import COMMANDS, build_parser

FOR_PEOPLE = sorted(COMMANDS.keys() - {"verify", "profile"})  # those are for this program itself


def mlcore_options(name: str) -> dict[str, object]:
    (actions,) = (action for action in build_parser()._actions if action.dest == "command")
    return {action.dest: (action.option_strings, action.default) for action in actions.choices[name]._actions}


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_every_command_has_the_same_options_in_django(name: str) -> None:
    parser = load_command_class("stylizer", name).create_parser("manage.py", name)
    here = {action.dest: (action.option_strings, action.default) for action in parser._actions}
    wanted = mlcore_options(name)
    assert {dest: here.get(dest) for dest in wanted} == wanted
    assert COMMANDS[name].SUMMARY in parser.format_help().replace("\n", " ")


def test_a_failure_has_mlcores_words_and_status(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("stylize", checkpoint=tmp_path / "a", input=tmp_path / "b", output=tmp_path / "c.jpg")
    assert end.value.code == 2
    assert capsys.readouterr().err == f"error: There is no file or folder {tmp_path / 'b'}: check --input.\n"
