"""The sub-center's desk in a real browser: what is due, a report by hand or by file, and what comes back."""

import pytest

from tests.builders.desk_pages import (
    FIELDS,
    FORM,
    PERIOD,
    REPORT,
    VILLAGES,
    a_row,
    at,
    fill,
    kept,
    opened,
    press,
    rows_of,
    send,
)
from tests.builders.divisions import LICHENG, ONE, THREE, TWO
from tests.builders.village_records import expect

pytestmark = pytest.mark.browser


async def test_what_is_due_is_told_with_the_days_that_are_left(desk, browser):
    async with opened(browser, desk, "/desk") as page:
        late = await page.locator(".due-group.late .due-line").all_inner_texts()
        soon = await page.locator(".due-group.soon .due-line").all_inner_texts()

    assert len(late) == len(soon) == 1
    assert "超期 3 天" in late[0] and "公开承诺" in late[0]
    assert "剩余 2 天" in soon[0] and "填报" in soon[0]


async def test_the_desk_is_a_reporters_own(desk, browser):
    async with await browser.new_context() as window:
        page = await window.new_page()
        await page.goto(f"{desk.address}/desk")

        assert "/sign-in?next=%2Fdesk" in page.url
        assert await page.locator(".nav a[href^='/desk']").count() == 0


@pytest.mark.parametrize("script", [True, False], ids=["scripted", "plain"])
async def test_a_typed_report_is_sent_and_acknowledged(desk, browser, script):
    async with opened(browser, desk, java_script_enabled=script) as page:
        await fill(page, income_leasing="１,200.5")
        await press(page)
        await page.wait_for_url("**#sent")
        told = await page.locator("#sent").inner_text()

    [receipt] = await kept(desk)
    assert str(receipt["id"]) in told and "已收" in told
    assert [row["fields"]["income_leasing"] for row in await rows_of(desk, receipt["id"])] == [1200.5] * 3


@pytest.mark.parametrize("script", [True, False], ids=["scripted", "plain"])
async def test_what_is_wrong_stands_beside_its_input_in_chinese_and_nothing_typed_is_lost(desk, browser, script):
    async with opened(browser, desk, java_script_enabled=script) as page:
        await fill(page)
        await page.fill(at(TWO, "expense"), "十二万")
        await page.fill(at(THREE, "debt"), "")
        await press(page)
        await page.wait_for_selector("section.wrong")
        beside = await page.locator(f"[id='r{TWO}-1.expense-wrong']").inner_text()
        missing = await page.locator(f"[id='r{THREE}-1.debt-wrong']").inner_text()
        typed = await page.input_value(at(TWO, "expense")), await page.input_value(at(ONE, "debt"))
        invalid = await page.get_attribute(at(TWO, "expense"), "aria-invalid")
        await page.locator("section.wrong a").first.click()
        led_to = await page.evaluate("location.hash")

    assert "数" in beside and "必" in missing
    assert (typed, invalid) == (("十二万", "100"), "true")
    assert led_to == f"#r{TWO}-1.expense"
    assert await kept(desk) == []


async def test_a_check_sends_nothing(desk, browser):
    async with opened(browser, desk) as page:
        await fill(page)
        await press(page, "check")
        told = await page.locator(".right").inner_text()

    assert "检查通过" in told and "3" in told
    assert await kept(desk) == []


async def test_a_corrected_report_replaces_the_one_before(desk, browser):
    await send(desk)

    async with opened(browser, desk, java_script_enabled=False) as page:
        await page.fill(at(TWO, "expense"), "250")
        await press(page)
        await page.wait_for_url("**#sent")
        await page.locator("#changes summary").click()
        changes = await page.locator("#changes tbody tr").all_inner_texts()

    newest, first = await kept(desk)
    assert (newest["revision"], first["revision"]) == (2, 1)
    assert [line.split("\t")[1:] for line in changes] == [["支出", "100", "250"]]
    assert [row["fields"]["expense"] for row in await rows_of(desk, newest["id"])] == [100, 250, 100]


async def test_a_correction_that_somebody_else_made_meanwhile_is_told(desk, browser):
    await send(desk)
    async with opened(browser, desk) as page:
        await send(desk, base_revision=1)
        await page.fill(at(TWO, "expense"), "250")
        await press(page)
        told = await page.locator("main > .wrong").inner_text()

        assert "第 2 次" in told
        assert await page.input_value(at(TWO, "expense")) == "250"


async def test_a_draft_survives_a_reload_and_may_be_discarded(desk, browser):
    async with opened(browser, desk) as page:
        await page.fill(at(TWO, "expense"), "250")
        await page.wait_for_timeout(500)
        await page.reload()
        notice = await page.locator(".draft").inner_text()
        restored = await page.input_value(at(TWO, "expense"))
        await page.locator(".draft button").click()
        await page.wait_for_selector(".draft", state="hidden")

        assert "草稿" in notice and restored == "250"
        assert await page.input_value(at(TWO, "expense")) == ""


async def test_the_period_before_is_taken_over_and_what_is_typed_upon_it_survives(desk, browser):
    await expect(desk.api, FORM, "2021-10", due_at="2021-11-13T00:00:00+08:00")
    await send(desk, period="2021-10")

    async with opened(browser, desk) as page:
        await page.locator("#typed a[href*='from=earlier']").click()
        await page.wait_for_url("**from=earlier**")
        await page.fill(at(TWO, "expense"), "250")
        await page.wait_for_timeout(500)
        await page.reload()

        assert await page.input_value(at(ONE, "expense")) == "100"
        assert await page.input_value(at(TWO, "expense")) == "250"


async def test_what_is_sent_without_a_connection_is_kept_and_sent_once_it_is_back(desk, browser):
    async with opened(browser, desk) as page:
        await fill(page)
        await page.context.set_offline(True)
        await press(page)
        await page.wait_for_selector(".sending:has-text('连接已断开')")
        before = await kept(desk)
        await page.context.set_offline(False)
        await page.wait_for_url("**#sent")

    assert (before, len(await kept(desk))) == ([], 1)


async def test_an_answer_that_was_lost_does_not_send_twice(desk, browser):
    async with opened(browser, desk) as page:
        await fill(page)

        async def lose(route):
            await route.fetch(max_redirects=0)
            await route.abort()

        await page.route(f"**{REPORT}", lose, times=1)
        await press(page)
        await page.wait_for_selector(".sending:has-text('连接已断开')")
        await page.context.set_offline(True)
        await page.context.set_offline(False)
        await page.wait_for_url("**#sent")

    assert len(await kept(desk)) == 1


async def test_a_draft_that_was_taken_after_all_is_gone(desk, browser):
    async with opened(browser, desk) as page:
        await fill(page)
        await page.wait_for_timeout(500)
        await send(desk)
        await page.reload()

        assert await page.locator(".draft").is_hidden()
        assert await page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("script", [True, False], ids=["scripted", "plain"])
async def test_a_table_with_a_fault_is_told_by_its_cell_and_taken_once_corrected(desk, browser, script, tmp_path):
    table = tmp_path / "表.csv"
    head, rows = ",".join(("division", *FIELDS)), [[village, *["100"] * 7] for village in VILLAGES]
    async with opened(browser, desk, java_script_enabled=script) as page:
        rows[1][6] = "-5"
        table.write_text("\n".join([head, *map(",".join, rows)]), "utf-8")
        await page.set_input_files("#upload", table)
        await page.locator("form.file [value=send]").click()
        wrong = await page.locator("#file-said .wrong").inner_text()
        rows[1][6] = "5"
        table.write_text("\n".join([head, *map(",".join, rows)]), "utf-8")
        await page.set_input_files("#upload", table)
        await page.locator("form.file [value=send]").click()
        await page.wait_for_url("**#sent")

    assert "G3" in wrong
    assert len(await kept(desk)) == 1


async def test_a_dropped_file_is_checked_at_once(desk, browser):
    drop = """text => {
      const carried = new DataTransfer();
      carried.items.add(new File([text], "t.csv", { type: "text/csv" }));
      document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true }));
    }"""
    text = "\n".join([",".join(("division", *FIELDS)), *(",".join([v, *["100"] * 7]) for v in VILLAGES)])
    async with opened(browser, desk) as page:
        await page.evaluate(drop, text)
        told = await page.locator("#file-said .right").inner_text()

    assert "检查通过" in told
    assert await kept(desk) == []


async def test_a_file_of_another_kind_is_refused_in_place(desk, browser, tmp_path):
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x00\xff")
    async with opened(browser, desk, java_script_enabled=False) as page:
        await page.set_input_files("#upload", tmp_path / "photo.png")
        await page.locator("form.file [value=check]").click()

        assert "只接受" in await page.locator("#file-said").inner_text()


async def test_what_came_back_is_told_at_the_field_that_it_concerns(desk, browser):
    number = await send(desk)
    item = {"division": TWO, "field": "expense", "reason": "与凭证不符"}
    back = {"event": "returned", "reason": "请核对支出", "items": [item]}
    answer = await desk.ask("POST", f"submissions/{number}/events", back, scope=LICHENG, seen=number)
    assert answer.is_success, answer.text

    async with opened(browser, desk, "/desk") as page:
        line = await page.locator(".due-group.returned .due-line").inner_text()
        await page.locator(".due-group.returned a.btn").click()
        told = await page.locator(".back").inner_text()
        beside = await page.locator(f"[id='r{TWO}-1.expense-back']").inner_text()
        await page.fill(at(TWO, "expense"), "90")
        await press(page)
        await page.wait_for_url("**#sent")
        after = await page.locator("#sent .state").first.inner_text()

    assert "已退回" in line and "退回 1 处" in line
    assert "请核对支出" in told and "与凭证不符" in told
    assert (beside, after) == ("与凭证不符", "已更正")


async def test_a_warning_is_answered_after_sending(desk, browser):
    await send(desk, a_row(ONE), a_row(TWO))

    async with opened(browser, desk, java_script_enabled=False) as page:
        before = await page.locator(".warnings > li").count()
        await page.fill("#why-1", "该村已并入邻村")
        await page.locator(".answer button").first.click()
        await page.wait_for_url("**#sent")

        assert before == 1
        assert await page.locator(".warnings > li").count() == 0


async def test_a_report_may_be_taken_back_with_a_reason(desk, browser):
    await send(desk)

    async with opened(browser, desk, java_script_enabled=False) as page:
        await page.locator("#withdraw summary").click()
        await page.fill("#withdraw-why", "填错月份")
        await page.locator("#withdraw button").click()
        await page.wait_for_url("**#sent")

        assert "已撤回" in await page.locator("#sent .state").first.inner_text()


async def test_a_receipt_is_printed_without_what_surrounds_it(desk, browser):
    number = await send(desk)

    async with opened(browser, desk, f"/desk/receipts/{number}") as page:
        told = await page.locator(".receipt").inner_text()
        await page.emulate_media(media="print")
        header = await page.locator(".top").is_visible()
        ink = await page.evaluate("getComputedStyle(document.querySelector('.receipt')).color")

    assert all(part in told for part in (number, "sha256:", "2021年11月", "已收"))
    assert (header, ink) == (False, "rgb(0, 0, 0)")


async def test_rows_of_one_village_are_added_as_needed(desk, browser):
    async with opened(browser, desk, f"/desk/pledge/{PERIOD}", java_script_enabled=False) as page:
        await page.fill(f"[id='r{ONE}-1.pledge_no']", "1")
        await page.locator(f"#r{ONE}-1 [name=more]").click()

        await page.wait_for_selector(f"#r{ONE}-2")

        assert await page.input_value(f"[id='r{ONE}-1.pledge_no']") == "1"


async def test_added_rows_come_back_with_their_draft(desk, browser):
    async with opened(browser, desk, f"/desk/pledge/{PERIOD}") as page:
        await page.locator(f"#r{ONE}-1 [name=more]").click()
        await page.fill(f"[id='r{ONE}-2.pledge_no']", "2")
        await page.wait_for_timeout(500)
        await page.goto(f"{desk.address}/desk/pledge/{PERIOD}")

        assert await page.input_value(f"[id='r{ONE}-2.pledge_no']") == "2"
