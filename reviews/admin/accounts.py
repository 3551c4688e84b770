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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.schema import listed
from reviews.states import EXPORT, IMPORT, REVIEW, SUBMIT

admin.site.unregister([User, Group])

# The groups have their names in the database; pages show them in the language of the reader.
ROLES = {"Editors": _("Editors"), "Reviewers": _("Reviewers"), "Publishers": _("Publishers")}
PERMISSIONS = {
    SUBMIT: _("Can submit policies for review"),
    REVIEW: _("Can review: verdicts, notes and decisions"),
    EXPORT: _("Can export signed policies"),
    IMPORT: _("Can import policies from uploaded files"),
}
ON_MODELS = {"add": _("Can add %(name)s"), "change": _("Can change %(name)s"), "view": _("Can view %(name)s")}


def role_name(group: Group) -> str:
    """Return what a group is called; one that a superuser added is called as it is."""
    return str(ROLES.get(group.name, group.name))


def permission_name(permission: Permission) -> str:
    """Return what a permission is called."""
    act, _dash, model_name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model and act in ON_MODELS and model._meta.model_name == model_name:
        return str(ON_MODELS[act]) % {"name": model._meta.verbose_name}
    return str(PERMISSIONS.get(permission.codename, permission.name))


class RolesFilter(admin.RelatedFieldListFilter):
    """The roles by name, in the language of the reader."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        return [(group.pk, role_name(group)) for group in Group.objects.order_by("name")]


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

    list_display = ("username", "first_name", "last_name", "roles", "active", "seen")
    list_filter = (("groups", RolesFilter), "is_active", "is_superuser")
    filter_horizontal = ()
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "first_name",
                    "last_name",
                    "email",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
        (_("Access"), {"fields": ("is_staff", "groups")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles in words."""
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label_from_instance = role_name
        return field

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        groups = [role_name(group) for group in user.groups.all()]
        names = [gettext("Superuser"), *groups] if user.is_superuser else groups
        return listed(names) or "–"

    @admin.display(description=_("active"), ordering="is_active")
    def active(self, user: User) -> str:
        return gettext("Yes") if user.is_active else gettext("No")

    @admin.display(description=_("last login"), ordering="last_login")
    def seen(self, user: User) -> str:
        return date_format(localtime(user.last_login), "SHORT_DATETIME_FORMAT") if user.last_login else "–"


@admin.register(Group)
class RoleAdmin(SuperusersOnly, GroupAdmin):
    """The roles that the migration made, and whatever a superuser adds to them."""

    list_display = ("role",)
    filter_horizontal = ()

    @admin.display(description=_("name"), ordering="name")
    def role(self, group: Group) -> str:
        return role_name(group)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the permissions that PolicyHub asks for, in words."""
        ours = Permission.objects.filter(content_type__app_label="reviews")
        ours = ours.exclude(content_type__model__startswith="historical")
        kwargs["queryset"] = ours.select_related("content_type")
        kwargs["widget"] = forms.CheckboxSelectMultiple
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label_from_instance = permission_name
        return field
