"""SIGNOFFS.jsonl beside the exported files: a line for each, added after them, and signed where there is a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.models import TrailHead
from reviews.selectors.outgoing import Outgoing
from reviews.selectors.trail import unbacked_lines
from reviews.services.atomic_files import write_atomically
from reviews.services.errors import RefusedError
from reviews.services.folders import UnreadableError, read_bytes
from reviews.signoffs import NAME, SIGNATURE, BrokenManifestError, Manifest, SignedFile
from reviews.signoffs.manifest import older_signoff
from reviews.signoffs.signing import (
    BadKeyError,
    BadSignatureError,
    check_signature,
    read_private_key,
    sign_manifest,
)

_MAX_BYTES = 64 * 1024 * 1024  # some 150,000 lines


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """What became of one folder's manifest: ``added`` lines; ``is_changed`` where it or its signature was written.

    ``reason`` says why it could not be written, and is empty where it stands.
    """

    place: Path
    added: int
    is_changed: bool
    reason: str = ""


def line_of(item: Outgoing, path: str) -> SignedFile:
    """Return the manifest's line for a signed record whose file stands at ``path``."""
    return SignedFile(
        item.policy_id,
        item.language,
        path,
        item.signed_by,
        timezone.localdate(item.signed_at).isoformat(),
        item.signed_text_digest,
        item.trail_number,
        item.trail_hash,
    )


def signing_key() -> Ed25519PrivateKey | None:
    """Return the key that ``POLICYHUB_SIGNING_KEY`` names, ``None`` where it names none. Raises ``RefusedError``."""
    if not settings.POLICYHUB_SIGNING_KEY:
        return None
    place = Path(settings.POLICYHUB_SIGNING_KEY)
    try:
        return read_private_key(place.read_bytes())
    except OSError as error:
        problem = error.strerror or str(error)
    except BadKeyError as error:
        problem = _(str(error))
    said = _(
        "The key that POLICYHUB_SIGNING_KEY names, %(path)s, signs nothing: %(problem)s. "
        "Nothing is exported until that is put right."
    )
    raise RefusedError(said % {"path": place, "problem": problem})


class SignedManifest:
    """The manifest of one folder or commit, as it is read there and as it is to be written, with its signature."""

    def __init__(self, where: str, manifest: bytes | None, signature: bytes | None) -> None:
        """Read what stands ``where`` (for messages); ``None`` where there is none.

        Raises ``RefusedError`` for a manifest that is broken or that somebody else wrote.
        """
        self._key, self._where = signing_key(), where
        self._old = (manifest, signature)
        try:
            self.manifest = Manifest.parse((manifest or b"").decode())
        except UnicodeDecodeError as error:
            raise RefusedError(_broken(where, _("it is no UTF-8"))) from error
        except BrokenManifestError as error:
            raise RefusedError(_broken_at(where, error)) from error
        if signature is not None and self._key is None:
            said = _(
                "%(place)s is signed, and POLICYHUB_SIGNING_KEY names no key here: name it, or remove the "
                "signature %(signature)s; then export again."
            )
            raise RefusedError(said % {"place": where, "signature": SIGNATURE})
        if self._key and not self._is_signed(self._key, signature) and (line := _foreign_line(self.manifest)):
            said = _("the line of %(path)s is no sign-off of this hub, and no signature of its key covers it")
            raise RefusedError(_broken(where, said % {"path": line.path}))

    def _is_signed(self, key: Ed25519PrivateKey, signature: bytes | None) -> bool:
        try:
            check_signature(self.manifest.text, (signature or b"").decode(), key.public_key())
        except (BadSignatureError, UnicodeDecodeError):
            return False
        return True

    def is_said(self, item: Outgoing, path: str) -> bool:
        """Whether the file's line that counts is this sign-off's: its hash stands for person, day and text too."""
        line = self.manifest.current.get(path)
        return line is not None and (line.trail, line.id) == (item.trail_hash, item.policy_id)

    def has_later(self, policy_id: str, language: str, number: int) -> bool:
        """Whether a later sign-off of the record than that of this number stands there."""
        latest = self.manifest.latest.get((policy_id, language))
        return latest is not None and latest.decision > number

    def check(self, item: Outgoing) -> None:
        """Raise ``RefusedError`` where a later sign-off of the record stands there: another hub signed it."""
        if self.has_later(item.policy_id, item.language, item.trail_number):
            raise RefusedError(_broken_at(self._where, older_signoff(len(self.manifest.entries) + 1)))

    def sign(self, *lines: SignedFile) -> int:
        """Add the lines that say something new, and return how many those are.

        Raises ``RefusedError`` as ``check`` does.
        """
        before = len(self.manifest.entries)
        try:
            self.manifest = self.manifest.sign(*lines)
        except BrokenManifestError as error:
            raise RefusedError(_broken_at(self._where, error)) from error
        return len(self.manifest.entries) - before

    @property
    def texts(self) -> dict[str, str]:
        """The files that are to stand there, by name: the manifest and, with a key, its signature."""
        text = self.manifest.text
        return {NAME: text} | ({SIGNATURE: sign_manifest(text, self._key)} if self._key else {})

    @property
    def standing(self) -> dict[str, bytes]:
        """The files that stood there when it was read, by name."""
        return {
            name: data for name, data in zip((NAME, SIGNATURE), self._old, strict=True) if data is not None
        }

    @property
    def is_changed(self) -> bool:
        """Whether what is to stand there differs from what does."""
        return {name: text.encode() for name, text in self.texts.items()} != self.standing


def read_manifest(folder: Path) -> SignedManifest:
    """Return the manifest that stands in a folder. Raises ``RefusedError`` with what to do."""
    return SignedManifest(str(folder / NAME), _read(folder / NAME), _read(folder / SIGNATURE))


def update_manifest(
    folder: Path, signed: SignedManifest, lines: Sequence[SignedFile], *, is_dry_run: bool
) -> ManifestReport:
    """Add the lines that the folder's manifest, as it was read, does not have yet; where it has all, write nothing.

    So the next run adds the lines of one that was killed. What another export added since it was read stays. What
    cannot be done is the report's ``reason``; nothing is raised.
    """
    place = folder / NAME
    added = signed.sign(*lines)
    try:
        if signed.is_changed and not is_dry_run:
            with transaction.atomic():
                TrailHead.objects.select_for_update().get()  # one at a time
                signed = read_manifest(folder)
                # What was signed anew and exported meanwhile is not taken back.
                added = signed.sign(
                    *(line for line in lines if not signed.has_later(line.id, line.language, line.decision))
                )
                for name, text in signed.texts.items():
                    write_atomically(folder / name, text)
        return ManifestReport(place, added, signed.is_changed)
    except OSError as error:
        said = _("%(error)s: the files stand as they were signed, without their lines. Export again.")
        return ManifestReport(place, 0, False, said % {"error": error.strerror or error})
    except RefusedError as error:
        return ManifestReport(place, 0, False, str(error))


def new_manifest(lines: Iterable[SignedFile]) -> dict[str, str]:
    """Return the texts, by name, of a manifest of these lines alone, as an archive has it."""
    signed = SignedManifest(NAME, None, None)
    signed.sign(*lines)
    return signed.texts


def _read(place: Path) -> bytes | None:
    try:
        return read_bytes(place, limit=_MAX_BYTES)
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        raise RefusedError(_("%(path)s %(problem)s") % {"path": place, "problem": error}) from error
    except OSError as error:
        said = _("%(path)s: %(problem)s. Free the way and repeat.")
        raise RefusedError(said % {"path": place, "problem": error.strerror or error}) from error


def _broken(where: str, problem: str) -> str:
    said = _(
        "%(place)s is not as an export left it: %(problem)s. Bring back the last good one (git has it), or move it "
        "away: the next export writes one for all signed files."
    )
    return said % {"place": where, "problem": problem}


def _broken_at(where: str, error: BrokenManifestError) -> str:
    return _broken(where, _("line %(number)s: %(why)s") % {"number": error.line, "why": _(error.why)})


def _foreign_line(manifest: Manifest) -> SignedFile | None:
    """Return the first line that is no sign-off in this hub's audit trail: nobody's key signs such a one."""
    return next((line for line, _why in unbacked_lines(manifest.entries)), None)
