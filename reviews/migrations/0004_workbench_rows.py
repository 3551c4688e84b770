"""The columns of 0003 for rows that stand already, and the groups' permissions to look at the new models."""

import hashlib

from django.contrib.auth.management import create_permissions
from django.db import migrations

MODELS = ("assignment", "comment")
GROUPS = ("Editors", "Reviewers", "Publishers")


def derive_columns(apps, schema_editor):
    """As reviews.services.recording.derive_columns does from now on."""
    Policy = apps.get_model("reviews", "Policy")
    Verdict = apps.get_model("reviews", "Verdict")
    given = set(Verdict.objects.values_list("policy_id", "dimension_key", "content_digest"))
    policies = Policy.objects.prefetch_related("dimensions").only("authors", "title")
    for policy in policies.iterator(chunk_size=500):
        authors = set(policy.authors.values())
        judged = 0
        for item in policy.dimensions.all():
            authors |= set(item.authors.values())
            judged += (policy.pk, item.key, item.content_digest) in given
            if note := item.audit_note.strip():
                digest = hashlib.sha256(note.encode()).hexdigest()
                type(item).objects.filter(pk=item.pk).update(note_digest=digest)
        contributors = f",{','.join(map(str, sorted(authors)))}," if authors else ""
        title = " ".join(policy.title.casefold().split())
        Policy.objects.filter(pk=policy.pk).update(
            judged=judged, contributors=contributors, title_digest=hashlib.sha256(title.encode()).hexdigest()
        )


def extend_groups(apps, schema_editor):
    # Permissions are made after all migrations, and the groups need them now.
    config = apps.get_app_config("reviews")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    permissions = Permission.objects.filter(
        content_type__app_label="reviews", codename__in=[f"view_{model}" for model in MODELS]
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_workbench")]
    operations = [
        migrations.RunPython(derive_columns, migrations.RunPython.noop),
        migrations.RunPython(extend_groups, migrations.RunPython.noop),
    ]
