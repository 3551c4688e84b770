"""The manifest's signature: Ed25519 over its bytes. The one module here that needs `cryptography`."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from reviews.signoffs.manifest import NAME, SIGNATURE


class BadKeyError(ValueError):
    """Bytes that are no key for this; the message is a fixed text."""


class BadSignatureError(ValueError):
    """A signature that was not made of this text with the key's other half."""


def read_private_key(pem: bytes) -> Ed25519PrivateKey:
    """The key that signs, from PEM without a password. Raises BadKeyError."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKeyError("it is no private Ed25519 key in PEM without a password")
    return key


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """The key that checks, from PEM. Raises BadKeyError."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadKeyError("it is no public Ed25519 key in PEM")
    return key


def sign_manifest(text: str, key: Ed25519PrivateKey) -> str:
    """The signature of a manifest's text: 64 bytes in Base64 on a line of its own."""
    return base64.b64encode(key.sign(text.encode())).decode() + "\n"


def check_signature(text: str, signature: str, key: Ed25519PublicKey) -> None:
    """Return where the signature is one of this text, made with the key's other half. Raises BadSignatureError."""
    try:
        key.verify(base64.b64decode(signature.strip(), validate=True), text.encode())
    except (InvalidSignature, ValueError):  # ValueError: it is no Base64
        raise BadSignatureError(
            f"{SIGNATURE} is not the signature of {NAME}: one of the two was changed, or another key signed it"
        ) from None
