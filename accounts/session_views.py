"""Where one is signed in, and signing out there."""

from __future__ import annotations

from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.device_name import device_name
from accounts.session_activity import note_activity
from stylizer.signed_in import signed_in


@require_safe
@login_required
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """List the browsers that are signed in to the visitor's account, this one first."""
    note_activity(request)
    found = UserSession.objects.purge_and_list(signed_in(request))
    found.sort(key=lambda session: (session.is_current(), session.last_seen_at), reverse=True)
    devices = [
        {"session": session, "name": device_name(session.user_agent), "is_this": session.is_current()}
        for session in found
    ]
    return render(request, "accounts/sessions.html", {"devices": devices})


@require_POST
@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign one browser out; this one leads to the front page."""
    session = get_object_or_404(UserSession, user=request.user, pk=pk)
    is_this = session.is_current()
    end_sessions(request, [session])
    if is_this:
        return redirect("home")
    messages.success(request, f"{device_name(session.user_agent)} is signed out.")
    return redirect("accounts:sessions")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign every other browser out."""
    end_other_sessions(request, signed_in(request))
    messages.success(request, "You are signed in here only.")
    return redirect("accounts:sessions")
