"""A policy folder that moved as a whole is known again; of one that only has a second copy see ``test_questions``."""

import pytest

from reviews.models import Policy, SourceFile
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from tests.factories import Folder

pytestmark = pytest.mark.django_db


def test_moved_folder_is_known_at_its_new_place(folder: Folder, imported: Policy) -> None:
    moved = folder.root.rename(folder.root.with_name("elsewhere"))
    report = import_policies([moved], actor=None)
    assert [(item.path, item.outcome) for item in report.files] == [
        ("policies/en/no-storage-act.md", Outcome.UPDATED)
    ]
    assert SourceFile.objects.get().root == str(moved)
    assert Policy.history.count() == 1  # the record did not change
    assert import_policies([moved], actor=None).count(Outcome.UNCHANGED) == 1


def test_moved_folder_takes_a_changed_file_in(folder: Folder, imported: Policy) -> None:
    moved = folder.root.rename(folder.root.with_name("elsewhere"))
    Folder(moved).policy(title="Storage Act, amended")
    report = import_policies([moved], actor=None)
    assert [item.outcome for item in report.files] == [Outcome.UPDATED]
    assert Policy.objects.get().title == "Storage Act, amended"
    assert SourceFile.objects.get().root == str(moved)
