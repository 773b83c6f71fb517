"""Static files under addresses that carry their content's hash, so that browsers keep them for good."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
SMALLEST_TO_COMPRESS = 1_000
FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".geojson": "application/geo+json", ".svg": "image/svg+xml"}


@dataclass
class Asset:
    """One file: its bytes, and its gzip made on first use."""

    name: str
    content: bytes
    url: str = field(init=False)

    def __post_init__(self) -> None:
        """The address is the content's hash and the name."""
        self.url = f"/static/{hashlib.sha256(self.content).hexdigest()[:12]}/{self.name}"

    @cached_property
    def compressed(self) -> bytes:
        """Gzip, deterministic."""
        return gzip.compress(self.content, 6, mtime=0)

    @property
    def media_type(self) -> str:
        """The type by the ending."""
        ending = Path(self.name).suffix
        return _TYPES.get(ending) or mimetypes.guess_type(self.name)[0] or "application/octet-stream"


class Assets:
    """Every static file of this room, and plotly.js out of the plotly wheel."""

    def __init__(self) -> None:
        files = {
            path.relative_to(STATIC).as_posix(): path
            for path in sorted(STATIC.rglob("*"))
            if path.is_file() and path.suffix != ".md"
        }
        files["plotly.min.js"] = PLOTLY
        assets = [Asset(name, path.read_bytes()) for name, path in files.items()]
        self._by_name: Mapping[str, Asset] = {asset.name: asset for asset in assets}
        self._by_url: Mapping[str, Asset] = {asset.url: asset for asset in assets}

    def url(self, name: str) -> str:
        """The address of a file."""
        return self._by_name[name].url

    def serve(self, request: Request) -> Response:
        """The file at a hashed address; 404 for a hash that is no longer ours."""
        asset = self._by_url.get(request.url.path)
        if asset is None:
            return Response(status_code=404)
        headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
        body = asset.content
        if len(body) > SMALLEST_TO_COMPRESS and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            body = asset.compressed
        return Response(body, media_type=asset.media_type, headers=headers)
