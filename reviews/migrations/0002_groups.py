"""The groups Editors, Reviewers and Publishers, with the permissions of ``reviews.states.GROUPS``."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

MODELS = ("policy", "dimensionanalysis", "sourcefile", "verdict", "decision")
GROUPS = {
    "Editors": ("add_policy", "change_policy", "submit_policy"),
    "Reviewers": ("review_policy",),
    "Publishers": ("export_policy",),
}


def make_groups(apps, schema_editor):
    # Permissions are made after all migrations, and the groups need them now.
    config = apps.get_app_config("reviews")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.using(schema_editor.connection.alias).get_or_create(name=name)
        group.permissions.add(
            *Permission.objects.using(schema_editor.connection.alias).filter(
                content_type__app_label="reviews",
                codename__in=[*codenames, *(f"view_{model}" for model in MODELS)],
            )
        )


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
