"""What forms are called."""

from collections.abc import Mapping

from services.catalog.load import Catalog


class Titles:
    """Names of forms; one that the catalog no longer has is called by its code."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, form: str) -> Mapping[str, str]:
        """The title in both languages."""
        known = self._catalog.forms.get(form)
        return {"zh": form, "en": form} if known is None else known.title.model_dump(include={"zh", "en"})
