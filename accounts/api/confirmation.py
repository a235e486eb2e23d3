"""Whether it is really the account's owner who asks, for what must not follow from a browser or a token left behind."""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from rest_framework.request import Request

from accounts.rate_limit import check_rate
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


def confirm_owner(request: Request, password: str) -> None:
    """Return if the password is the account's; a browser that signed in anew just now needs none, as on the pages.

    Raises:
        Rejected: no password (403), a wrong one (403), or too many tries (429).
    """
    user = signed_in(request)
    if not password:
        if request.auth is None and did_recently_reauthenticate(request._request):
            return
        raise Rejected("password_required", "Send your password as well.", field="password", status=403)
    check_rate(request, "confirm_password")
    if not user.check_password(password):
        raise Rejected("password_wrong", "This is not your password.", field="password", status=403)
