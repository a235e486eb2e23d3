"""Every page of the site and who looks at it; an address that answers with a page and has no row here fails a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: its address by name and arguments, ``{job}`` and the like being what furnish.py made."""

    name: str
    who: str = "anyone"
    args: tuple[str, ...] = ()
    query: str = ""
    status: int = 200

    def __str__(self) -> str:
        return " ".join([self.who, self.name, *self.args, self.query]).strip()

    def file_name(self) -> str:
        """Return a name for its picture."""
        words = str(self).replace("{", "").replace("}", "")
        return "-".join("".join(letter if letter.isalnum() else " " for letter in words).split())


JOBS = ("{painted}", "{failed}", "{cancelled}", "{running}", "{waiting}")

# Alice owns everything, Charlie has nothing, Bob is staff.
PAGES = [
    Page("home"),
    Page("gallery:public"),
    Page("gallery:public", query="?q=scream&sort=title"),
    Page("gallery:public", query="?q=nothing-is-called-this"),
    Page("gallery:public", "alice"),
    Page("gallery:style", args=("{style}",)),
    Page("gallery:style", "charlie", ("{style}",), "?sort=starred"),
    Page("gallery:mine", "alice"),
    Page("gallery:mine", "charlie"),
    Page("gallery:starred", "alice"),
    Page("gallery:starred", "bob"),
    Page("gallery:trash", "alice"),
    Page("gallery:trash", "charlie"),
    Page("gallery:albums", "alice"),
    Page("gallery:albums", "charlie"),
    Page("gallery:album", "alice", ("{album}",)),
    Page("gallery:link", args=("{link}",)),
    Page("gallery:link", args=("no-such-link",), status=404),
    Page("gallery:report", "charlie", ("{public}",)),
    Page("gallery:detail", args=("{public}",)),
    Page("gallery:detail", "alice", ("{private}",)),
    Page("gallery:detail", "alice", ("{public}",)),
    Page("stylizer:studio", "alice"),
    Page("stylizer:studio", "alice", query="?from={painted}"),
    Page("stylizer:history", "alice"),
    Page("stylizer:history", "charlie"),
    *(Page("stylizer:detail", "alice", (job,)) for job in JOBS),
    Page("stylizer:batch", "alice", ("{batch}",)),
    Page("api-docs"),
    Page("api-docs", "alice"),
    # Accounts.
    Page("account_login"),
    Page("account_signup"),
    Page("account_reset_password"),
    Page("account_reset_password_done"),
    Page("account_reset_password_from_key", args=("{uid}", "{reset_key}")),
    Page("account_reset_password_from_key", args=("1", "not-a-key")),
    Page("account_reset_password_from_key_done"),
    Page("account_inactive"),
    Page("account_email_verification_sent"),
    Page("account_confirm_email", args=("{email_key}",)),
    Page("account_confirm_email", args=("not-a-key",)),
    Page("account_logout", "charlie"),
    Page("accounts:overview", "alice"),
    Page("accounts:overview", "charlie"),
    Page("accounts:sessions", "alice"),
    Page("accounts:tokens", "alice"),
    Page("accounts:tokens", "charlie"),
    Page("accounts:data", "alice"),
    Page("accounts:delete", "alice"),
    Page("accounts:delete", "bob"),
    Page("accounts:invitation", args=("not-a-token",), status=404),
    Page("account_reauthenticate", "charlie"),
    Page("account_email", "alice"),
    Page("account_email", "charlie"),
    Page("account_change_password", "alice"),
    Page("account_set_password", "bob"),
    # Administration.
    Page("admin:index", "bob"),
    Page("admin:dashboard", "bob"),
    Page("admin:app_list", "bob", ("stylizer",)),
    Page("admin:stylizer_style_changelist", "bob"),
    Page("admin:stylizer_style_add", "bob"),
    Page("admin:stylizer_style_change", "bob", ("{style_pk}",)),
    Page("admin:stylizer_style_delete", "bob", ("{style_pk}",)),
    Page("admin:stylizer_style_history", "bob", ("{style_pk}",)),
    Page("admin:stylizer_styleintake_changelist", "bob"),
    Page("admin:stylizer_styleintake_change", "bob", ("{intake}",)),
    Page("admin:stylizer_styleintake_history", "bob", ("{intake}",)),
    Page("admin:stylizer_stylization_changelist", "bob"),
    Page("admin:stylizer_stylization_change", "bob", ("{failed}",)),
    Page("admin:stylizer_stylization_history", "bob", ("{failed}",)),
    Page("admin:gallery_artwork_changelist", "bob"),
    Page("admin:gallery_artwork_change", "bob", ("{public}",)),
    Page("admin:gallery_artwork_history", "bob", ("{public}",)),
    Page("admin:gallery_report_changelist", "bob"),
    Page("admin:gallery_report_change", "bob", ("{report}",)),
    Page("admin:gallery_report_history", "bob", ("{report}",)),
    Page("admin:accounts_invitation_changelist", "bob"),
    Page("admin:accounts_invitation_add", "bob"),
    Page("admin:auth_user_changelist", "bob"),
]
TOURED = {page.name for page in PAGES}
