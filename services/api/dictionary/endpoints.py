"""GET /v1/catalog: the dictionary."""

from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from services.api.answers import answer
from services.api.contract import told
from services.api.dictionary.describe import describe_catalog
from services.api.dictionary.schemas import CatalogAnswer
from services.api.viewer import Viewer
from services.catalog.load import Catalog

router = APIRouter(prefix="/v1/catalog", tags=["catalog"])

_TITLE: Final = {"zh": "主题党日与阳光议事", "en": "Monthly meeting day"}
_EXAMPLE: Final[dict[str, Any]] = {
    "version": "6f0c4a1d92be",
    "systems": [
        {
            "system": "meeting_day", "number": 14, "title": _TITLE, "description": _TITLE, "forms": [],
            "metrics": [], "indexes": [], "cards": [],
        },
    ],
}  # fmt: skip


class Dictionary:
    """The catalog's entries, encoded once: they do not change while the process runs."""

    def __init__(self, catalog: Catalog) -> None:
        self._fixed = {
            "version": catalog.version,
            "systems": msgspec.Raw(msgspec.json.encode(describe_catalog(catalog))),
        }

    def under(self, head: Any) -> dict[str, Any]:
        """The whole answer."""
        return {**head, **self._fixed}


@router.get("", response_model=CatalogAnswer, responses=told(_EXAMPLE))
async def read_catalog(request: Request, viewer: Viewer) -> Response:
    """各工作体系的报表、指标、指数与红黄牌规则。 Forms, metrics, indexes and card rules of every work system."""
    dictionary: Dictionary = request.app.state.dictionary
    return answer(dictionary.under(viewer.head))
