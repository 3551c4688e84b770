"""From now on no verdict and no decision stands outside the audit trail."""

from django.db import migrations, models


def number():
    return models.PositiveBigIntegerField(unique=True, verbose_name="number in the audit trail")


def digest():
    return models.CharField(max_length=64, unique=True, verbose_name="hash in the audit trail")


class Migration(migrations.Migration):
    dependencies = [("reviews", "0006_trail_and_groups")]
    operations = [
        migrations.AlterField(model, name, field())
        for model in ("decision", "verdict")
        for name, field in (("trail_number", number), ("trail_hash", digest))
    ]
