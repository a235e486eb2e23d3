"""Accounts, in the administration: a deleted one takes its files along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.belongings import belongings
from accounts.deletion import delete_account, is_last_superuser
from stylizer.quota import bytes_used, in_megabytes
from stylizer.rejections import Rejected

_FOR_SUPERUSERS = ("is_superuser", "groups", "user_permissions")

admin.site.unregister(User)


@admin.register(User)
class EaselUserAdmin(UserAdmin[User]):
    """Django's own, with a deletion that is whole, and rights that only superusers give."""

    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "date_joined", "last_login")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Staff who may change accounts must not make themselves superusers."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *_FOR_SUPERUSERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers are changed by superusers: whoever sets their password becomes one."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise; and one superuser has to stay."""
        return (
            super().has_delete_permission(request, obj)
            and _may_touch(request, obj)
            and not (obj is not None and is_last_superuser(obj))
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say in short what goes: Django's list would be of every row, and would ask for the right to delete each."""
        users = list(objs)
        shown, counts = [], {"accounts": len(users)}
        for user in users:
            held = ", ".join([*belongings(user), f"{in_megabytes(bytes_used(user))} of files"])
            shown.append(f"{user.get_username()}: {held}")
        forbidden = {"superuser" for user in users if not _may_touch(request, user)}
        protected = [f"{user.get_username()}, the last superuser" for user in users if is_last_superuser(user, users)]
        return shown, counts, forbidden, protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Delete one account with everything in it."""
        self._delete(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete several."""
        self._delete(request, queryset)

    def _delete(self, request: HttpRequest, users: Iterable[User]) -> None:
        for user in users:
            try:
                delete_account(user)
            except Rejected as error:  # the page did not offer it; somebody else deleted a superuser meanwhile
                self.message_user(request, error.detail, messages.ERROR)


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return bool(request.user.is_superuser or user is None or not user.is_superuser)
