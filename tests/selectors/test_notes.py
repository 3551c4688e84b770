"""Notes that repeat: on how many records of other policies a note stands word for word."""

from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from reviews.models import Policy
from reviews.selectors.notes import count_repeats
from tests.factories import Folder, claim


def test_records_of_other_policies_are_counted_once_each(
    folder: Folder, imported: Policy, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    same = {"market": claim(auditNote="Read. "), "mrv": claim(auditNote="Read.")}
    for number in range(3):
        folder.import_policy(f"other-{number}", analysis=same)
    folder.import_policy(language="zh", analysis=same)  # a translation is no other record
    folder.import_policy("another", analysis={"market": claim(auditNote="read.")})

    with django_assert_num_queries(1):
        found = count_repeats([" Read.\n", "Nowhere else.", ""], except_pk=imported.pk)

    assert found == {" Read.\n": 3}
    with django_assert_num_queries(0):
        assert count_repeats([" \n", ""], except_pk=imported.pk) == {}
