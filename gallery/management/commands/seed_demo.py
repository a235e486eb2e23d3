"""Fill the gallery with made-up works of made-up accounts, to look at it or to measure it; --remove takes them away."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from gallery import demo_data
from stylizer.models import Style


class Command(BaseCommand):
    """Make, or remove, a demo gallery."""

    help = (
        "Fill the gallery with generated pictures of accounts called demo-0001 and so on, which nobody can sign in to. "
        "The same --seed makes the same gallery. --remove deletes those accounts and their works, and nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how many, and the safety catch."""
        parser.add_argument("--artworks", type=int, default=1000, help="How many works to add (default: 1000).")
        parser.add_argument("--users", type=int, default=20, help="Of how many accounts (default: 20).")
        parser.add_argument("--seed", type=int, default=1, help="Another number makes another gallery (default: 1).")
        parser.add_argument("--remove", action="store_true", help="Delete what this command made.")
        parser.add_argument("--yes-really", action="store_true", help="Also where real people have accounts.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, then make or remove."""
        if options["remove"]:
            accounts, works = demo_data.remove_demo()
            self.stdout.write(f"Removed {accounts} demo accounts with {works} works.")
            return
        if options["artworks"] < 1 or options["users"] < 1:
            raise CommandError("--artworks and --users must be at least 1.")
        if demo_data.real_users().exists() and not options["yes_really"]:
            raise CommandError(
                "This database has accounts of real people, who would see the demo's works in their gallery. "
                "Use another database (EASEL_DATA_DIR or DATABASE_URL), or add --yes-really."
            )
        if demo_data.demo_users().exists():
            raise CommandError("There is a demo gallery already. Run seed_demo --remove first.")
        styles = list(Style.objects.published())
        if not styles:
            raise CommandError("The catalog is empty. Run load_starter_styles first.")
        users = demo_data.make_users(options["users"])
        demo_data.make_artworks(options["artworks"], users, styles, options["seed"])
        demo_data.make_stars_and_albums(users, options["seed"])
        # So that the database plans with what is there now, as it would some minutes later by itself.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(f"Made {options['artworks']} works of {len(users)} demo accounts.")
