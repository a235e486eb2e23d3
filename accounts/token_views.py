"""API tokens: make one, see which there are, revoke one."""

from __future__ import annotations

import uuid

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import ApiToken
from accounts.rate_limit import too_many
from accounts.token_forms import TokenForm
from stylizer.signed_in import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """List the visitor's tokens; a POST makes one and shows it in its answer, once, since it is kept nowhere."""
    return _make(request) if request.method == "POST" else _page(request, TokenForm(user=signed_in(request)))


# It outlives the session it is made in, so whoever finds a browser open must not be able to make one.
@reauthentication_required
def _make(request: HttpRequest) -> HttpResponse:
    if stop := too_many(request, "make_token"):
        return stop
    user = signed_in(request)
    form = TokenForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, form, status=400)
    wanted = form.cleaned_data
    _, text = ApiToken.issue(user, name=wanted["name"], days=wanted["days"], scopes=wanted["scopes"])
    return _page(request, TokenForm(user=user), made=wanted["name"], text=text)


@require_POST
@login_required
def revoke(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """End one of the visitor's tokens."""
    token = get_object_or_404(ApiToken, user=request.user, public_id=public_id)
    token.delete()
    messages.success(request, f"“{token.name}” is revoked.")
    return redirect("accounts:tokens")


def _page(request: HttpRequest, form: TokenForm, status: int = 200, **facts: str) -> HttpResponse:
    context = {"form": form, "tokens": ApiToken.objects.filter(user=form.user), **facts}
    return render(request, "accounts/tokens.html", context, status=status)
