"""The desk's workbooks: downloaded, filled, dropped back, and given back with their faults marked."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.builders.desk_pages import FIELDS, kept, opened
from tests.builders.divisions import TWO

pytestmark = pytest.mark.browser


def filled(path: Path, **changes: object) -> None:
    """Every village's row filled with 100, but for the changes to the second village's cells."""
    book = load_workbook(path)
    sheet = book.active
    names = {cell.value: cell.column for cell in sheet[1]}
    for row in range(3, sheet.max_row + 1):
        is_second = sheet.cell(row, names["division"]).value == TWO
        for name in FIELDS:
            sheet.cell(row, names[name]).value = changes.get(name, 100) if is_second else 100
    book.save(path)


async def test_the_template_comes_back_filled(desk, browser, tmp_path):
    async with opened(browser, desk) as page:
        async with page.expect_download() as coming:
            await page.locator("#file a[download]").click()
        book = tmp_path / "filled.xlsx"
        await (await coming.value).save_as(book)
        filled(book)
        await page.set_input_files("#upload", book)
        right = await page.locator("#file-said .right").inner_text()
        await page.locator("form.file [value=send]").click()
        await page.wait_for_url("**#sent")

    assert "检查通过" in right
    assert len(await kept(desk)) == 1


async def test_a_workbook_with_a_fault_is_given_back_with_it_marked(desk, browser, tmp_path):
    async with opened(browser, desk) as page:
        async with page.expect_download() as coming:
            await page.locator("#file a[download]").click()
        book = tmp_path / "filled.xlsx"
        await (await coming.value).save_as(book)
        filled(book, expense=-5)
        await page.set_input_files("#upload", book)
        wrong = await page.locator("#file-said .wrong").inner_text()
        async with page.expect_download() as marked:
            await page.locator("form.file [value=mark]").click()
        path = tmp_path / "marked.xlsx"
        await (await marked.value).save_as(path)

    assert "支出" in wrong
    assert await kept(desk) == []
    assert any(cell.comment for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row)
