"""The audit trail begins: rows that stand already enter it in the order of time; groups get their permissions."""

import datetime as dt
import hashlib
import heapq
import json

from django.contrib.auth.management import create_permissions
from django.db import migrations

START = "0" * 64
FIELDS = {
    "verdict": (
        "policy_id", "dimension_key", "kind", "note", "content_digest", "actor_id", "actor_name", "is_four_eyes_waived",
        "covered_by_id", "created_at",
    ),
    "decision": (
        "policy_id", "transition", "from_state", "to_state", "actor_id", "actor_name", "reason", "content_digest",
        "is_four_eyes_waived", "signed_text_digest", "base_digest", "created_at",
    ),
}
MODELS = ("conflict", "filequestion", "run")
GROUPS = {"Editors": ("import_policy",), "Reviewers": (), "Publishers": ()}


def begin_trail(apps, schema_editor):
    """As reviews.services.trail.append_to_trail does from now on.

    A verdict is given before the decision that rests on it. Rows of one kind keep their order, also where a clock
    stepped back.
    """
    number, last = 0, START
    rows = (
        [(at, name, pk) for at, pk in apps.get_model("reviews", name).objects.order_by("pk").values_list("created_at", "pk")]
        for name in ("verdict", "decision")
    )
    for _at, name, pk in heapq.merge(*rows, key=lambda row: row[0]):
        model = apps.get_model("reviews", name)
        number += 1
        values = model.objects.filter(pk=pk).values(*FIELDS[name]).get()
        values["created_at"] = values["created_at"].astimezone(dt.UTC).isoformat()
        content = json.dumps([name, number, values], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        last = hashlib.sha256(f"{last}\n{content}".encode()).hexdigest()
        model.objects.filter(pk=pk).update(trail_number=number, trail_hash=last)
    apps.get_model("reviews", "TrailHead").objects.create(number=number, hash=last)


def extend_groups(apps, schema_editor):
    # Permissions are made after all migrations, and the groups need them now.
    config = apps.get_app_config("reviews")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        permissions = Permission.objects.filter(
            content_type__app_label="reviews", codename__in=[*codenames, *(f"view_{model}" for model in MODELS)]
        )
        for group in apps.get_model("auth", "Group").objects.filter(name=name):
            group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0005_files_and_proof")]
    operations = [
        migrations.RunPython(begin_trail, migrations.RunPython.noop),
        migrations.RunPython(extend_groups, migrations.RunPython.noop),
    ]
