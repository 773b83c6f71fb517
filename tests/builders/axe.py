"""What keeps somebody from using a page, as axe finds it by WCAG 2.2, levels A and AA."""

from typing import Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

# Only what is broken is written out in full; the same rules are tried on the same page.
_WCAG: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


async def barriers(page: Page) -> list[tuple[str, str]]:
    """Each rule that the page breaks, with the first element that breaks it; empty when everybody can use it."""
    found = await Axe().run(page, options=_WCAG)
    return [(broken["id"], broken["nodes"][0]["html"]) for broken in found.response["violations"]]
