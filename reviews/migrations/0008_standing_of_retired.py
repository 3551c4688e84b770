"""A retired record claims nothing: its standing is open. A generated column cannot be altered, so it is made anew."""

from django.db import migrations, models

INDEXES = (
    (("standing", "policy_id"), "reviews_pol_standin_9a8228_idx"),
    (("state", "standing", "judged", "updated_at"), "reviews_pol_state_4ac102_idx"),
    (("country", "language", "standing"), "reviews_pol_country_905fe7_idx"),
)
SIGNED = models.Q(review_status="verified", signed_digest=models.F("content_digest"))
STANDING = models.GeneratedField(
    db_persist=True,
    expression=models.Case(
        models.When(review_status="retired", then=models.Value("open")),
        models.When(SIGNED, then=models.Value("verified")),
        models.When(review_status="verified", then=models.Value("stale")),
        models.When(file_status="verified", then=models.Value("claimed")),
        default=models.Value("open"),
    ),
    output_field=models.CharField(
        choices=[("claimed", "Claimed"), ("verified", "Verified"), ("stale", "Stale"), ("open", "Open")],
        max_length=20,
    ),
)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0007_trail_is_whole")]
    operations = [
        *(migrations.RemoveIndex("policy", name) for _fields, name in INDEXES),
        migrations.RemoveField("policy", "standing"),
        migrations.AddField("policy", "standing", STANDING),
        *(migrations.AddIndex("policy", models.Index(fields=fields, name=name)) for fields, name in INDEXES),
    ]
