"""A ZIP never holds one path twice: records of two folders can have the same one."""

import io
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from reviews.models import Policy
from reviews.services.export_report import ExportOutcome
from reviews.services.importing import import_policies
from reviews.services.zipping import zip_policies
from tests.factories import Folder, front_matter, get_policy, json_text, verify

pytestmark = pytest.mark.django_db


def test_zip_holds_back_a_second_record_at_the_same_path(
    signed: Policy, reviewer: User, publisher: User, tmp_path: Path
) -> None:
    other = Folder(tmp_path / "other")
    other.write("policies/en/no-storage-act.md", json_text(front_matter("se-storage-act")))
    import_policies([other.root], actor=None)
    verify(get_policy("se-storage-act"), reviewer)

    data, report = zip_policies(Policy.objects.all(), actor=publisher)

    assert [(item.policy, item.outcome, item.reason) for item in report.files] == [
        ("no-storage-act (en)", ExportOutcome.WRITTEN, ""),
        (
            "se-storage-act (en)",
            ExportOutcome.HELD_BACK,
            "Another record goes to the same path: policies/en/no-storage-act.md. Export the two folders one by one.",
        ),
    ]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["policies/en/no-storage-act.md", "SIGNOFFS.jsonl"]
