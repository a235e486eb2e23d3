"""Say by the exit status whether the web server of this container or machine answers."""

from __future__ import annotations

import sys

from address import address_from_environment, answers

if __name__ == "__main__":
    sys.exit(0 if answers(*address_from_environment()) else 1)
