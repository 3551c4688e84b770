"""People and roles: Django's own pages for users and groups, for superusers only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime

admin.site.unregister([User, Group])


class SuperusersOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker alone
    """Pages that no permission opens, because who gives permissions may do everything. Nobody deletes here."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(SuperusersOnly, UserAdmin):  # type: ignore[type-arg]  # as above
    """A deleted person would leave history without a name: take “active” away instead."""

    list_display = ("username", "first_name", "last_name", "roles", "is_active", "seen")
    list_filter = ("groups", "is_active", "is_superuser")
    filter_horizontal = ()
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "first_name", "last_name", "usable_password", "password1", "password2")},
        ),
        ("Access", {"fields": ("is_staff", "groups")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        groups = [group.name for group in user.groups.all()]
        return ", ".join(["Superuser", *groups] if user.is_superuser else groups) or "–"

    @admin.display(description="last login", ordering="last_login")
    def seen(self, user: User) -> str:
        return date_format(localtime(user.last_login), "j M Y, H:i") if user.last_login else "–"


@admin.register(Group)
class RoleAdmin(SuperusersOnly, GroupAdmin):
    """The roles that the migration made, and whatever a superuser adds to them."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the permissions that PolicyHub asks for, in words."""
        ours = Permission.objects.filter(content_type__app_label="reviews")
        kwargs["queryset"] = ours.exclude(content_type__model__startswith="historical")
        kwargs["widget"] = forms.CheckboxSelectMultiple
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label_from_instance = lambda permission: permission.name
        return field
