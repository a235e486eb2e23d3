"""Taking everything with one, and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.belongings import belongings
from accounts.deletion import LAST_SUPERUSER, delete_account, is_last_superuser
from accounts.deletion_forms import DeletionForm
from accounts.export import export_zip
from accounts.rate_limit import too_many
from gallery.models import Artwork
from stylizer.quota import bytes_used, in_megabytes
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


@require_safe
@login_required
def data(request: HttpRequest) -> HttpResponse:
    """Say what an export holds, and lead to the deletion."""
    user = signed_in(request)
    context = {"belongings": belongings(user), "size": in_megabytes(bytes_used(user))}
    return render(request, "accounts/data.html", context)


@require_POST
@login_required
def export(request: HttpRequest) -> HttpResponseBase:
    """Send everything the visitor owns. It changes nothing; a POST, so that no link and no preload starts the work."""
    if stop := too_many(request, "export"):
        return stop
    response = StreamingHttpResponse(export_zip(signed_in(request)), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="easel-export-{timezone.now():%Y-%m-%d}.zip"'
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy would otherwise write all of it to its own disk first
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the visitor's account with everything in it, once they have said twice that they mean it."""
    user = signed_in(request)
    if request.method != "POST":
        return _confirmation(request, user, DeletionForm(user=user))
    if stop := too_many(request, "delete_account"):
        return stop
    if is_last_superuser(user):
        return _confirmation(request, user, DeletionForm(user=user), status=409)
    form = DeletionForm(request.POST, user=user)
    if not form.is_valid():
        return _confirmation(request, user, form, status=400)
    try:
        delete_account(user)
    except Rejected as error:  # became the last superuser since a moment ago
        return _confirmation(request, user, form, status=error.status)
    logout(request)
    messages.success(request, "Your account is deleted, with everything in it.")
    return redirect("home")


def _confirmation(request: HttpRequest, user: User, form: DeletionForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "belongings": belongings(user),
        "size": in_megabytes(bytes_used(user)),
        "published": Artwork.objects.filter(owner=user, is_public=True).count(),
        "refusal": LAST_SUPERUSER if is_last_superuser(user) else "",
    }
    return render(request, "accounts/delete.html", context, status=status)
