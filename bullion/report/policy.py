"""A page's Content-Security-Policy: its own scripts and pictures, and nothing from or to elsewhere.

The pages are files, which no server sends a header with, so each says it itself.
"""

from __future__ import annotations

import base64
import hashlib
import re

_SCRIPT = re.compile(
    r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL | re.IGNORECASE
)
_POLICY = '<meta http-equiv="Content-Security-Policy"'
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def with_policy(page: str) -> str:
    """The page with its policy at the head: scripts beside it, and those in it by their hashes.

    Styles may stand within, for drawings are made of them. A page that has one keeps it. Raises
    ValueError for a page without a head.
    """
    if _POLICY in page:
        return page
    # As a browser reads them before it hashes.
    page = page.replace("\r\n", "\n")
    hashes = {
        _hash(found["text"])
        for found in _SCRIPT.finditer(page)
        if found["text"] and "src=" not in found["attributes"]
    }
    scripts = " ".join(["'self'", *sorted(hashes)])
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; base-uri 'none'; form-action 'none'"
    )
    meta = f'{_POLICY} content="{policy}">'
    put, count = _HEAD.subn(lambda head: f"{head[0]}\n{meta}", page, count=1)
    if not count:
        raise ValueError("a page without a head has no place for its policy")
    return put


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
