"""Whatever is sent as a workbook is refused or read within bounds: no file takes the memory, none runs anything."""

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.validators import MOST_ROWS
from services.core.problems import Problem
from services.ingest.formats.from_xlsx import read_xlsx
from services.ingest.formats.workbook_parts import MOST_INFLATED, parts_of
from tests.builders.reports import TOWNSHIP
from tests.builders.workbooks import (
    NAMES,
    XLSX,
    a_sheet,
    a_visit,
    a_workbook,
    packed,
    part_of,
    repacked,
    sound,
    with_sheet,
)

ASKED = {"form": "trial_visit", "period": "2021-10", "division": TOWNSHIP}
SHEET = "xl/worksheets/sheet1.xml"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "xl/_rels/workbook.xml.rels"
SHARED_TYPE = b"""<Override PartName="/xl/sharedStrings.xml"
    ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>"""
SHARED_RELATION = b"""<Relationship Id="rId99" Target="sharedStrings.xml"
    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>"""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def refusal(body, catalog):
    """The problem of a workbook, and how many bytes reading it took at most."""
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as raised:
            read_xlsx(body, [*ASKED.items()], catalog.reported_forms)
        return raised.value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def deflated(xml):
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(xml) + packer.flush()


def understated(name, xml, said):
    """An archive whose directory says of a part that it is small; the rest of the workbook is sound."""
    body = repacked(sound(), {name: xml})
    true_size = struct.pack("<I", len(xml))
    return body.replace(true_size, struct.pack("<I", said))


BLANK = b" " * 1_000_000


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("workbook_unreadable", b""), ("workbook_unreadable", b"PK\x03\x04"),
        ("workbook_unreadable", b"<html></html>"),
        ("workbook_unreadable", sound()[:-30]), ("workbook_unreadable", sound()[:400]),
        ("workbook_old", OLE), ("workbook_encrypted", OLE + "EncryptedPackage".encode("utf-16-le")),
        ("workbook_unreadable", repacked(sound(), {"xl/workbook.xml": None})),
        ("workbook_unreadable", repacked(sound(), {"xl/workbook.xml": b"<workbook"})),
        ("workbook_unreadable", repacked(sound(), {SHEET: part_of(sound()).replace(b"</row>", b"</raw>", 1)})),
        ("workbook_unreadable", repacked(sound(), {SHEET: "<?xml version='1.0'?><a/>".encode("utf-16")})),
        ("workbook_unreadable", repacked(sound(), {SHEET: b"<?xml version='1.0' encoding='gbk'?><a/>"})),
        ("workbook_unreadable", repacked(sound(), {}, zipfile.ZIP_BZIP2)),
        ("workbook_macros", repacked(sound(), {"xl/vbaProject.bin": b"x"})),
        ("workbook_macros", repacked(sound(), {"xl/macrosheets/sheet1.xml": b"<a/>"})),
        ("workbook_macros", repacked(sound(), {"xl/activeX/activeX1.xml": b"<a/>"})),
        (
            "workbook_macros",
            repacked(sound(), {"[Content_Types].xml": part_of(sound(), "[Content_Types].xml").replace(
                b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")}),
        ),
        ("workbook_entities", repacked(sound(), {SHEET: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/x">]><a/>'})),
        ("workbook_entities", repacked(sound(), {"xl/styles.xml": b"<!doctype a><a/>"})),
        ("workbook_bomb", repacked(sound(), {f"xl/media/{number}.xml": b"" for number in range(1001)})),
        ("workbook_bomb", repacked(sound(), {SHEET: BLANK * 60})),
        ("workbook_bomb", repacked(sound(), {f"xl/{number}.xml": BLANK for number in range(60)})),
        ("workbook_bomb", understated(SHEET, BLANK * 40, 1_000)),
        ("workbook_unreadable", understated(SHEET, BLANK, 2_000_000)),
    ],
)  # fmt: skip
def test_what_is_no_workbook_or_a_dangerous_one_is_refused_by_its_code_in_bounded_memory(code, body, catalog):
    problem, most = refusal(body, catalog)

    assert problem.code == code
    assert most < 30_000_000


def test_a_million_rows_are_refused_before_they_are_read(catalog):
    row = b'<row r="%d"><c r="A%d"><v>1</v></c></row>'
    rows = b"".join(row % (number, number) for number in range(1, 1_000_001))
    body = repacked(sound(), {SHEET: b"<worksheet><sheetData>%b</sheetData></worksheet>" % rows})

    problem, most = refusal(body, catalog)
    assert (problem.code, problem.details["limit"]) == ("sheet_too_long", MOST_ROWS)
    assert most < 40_000_000


@pytest.mark.parametrize("far", ["XFD2", "ALM9", "ZZ90000"])
def test_a_cell_far_off_is_refused_before_a_table_up_to_it_is_made(far, catalog):
    body = with_sheet(sound(), b'<c r="G1"', b'<c r="%b"' % far.encode())
    if far == "ZZ90000":
        body = with_sheet(sound(), b'<c r="A4"', b'<c r="ZZ90000"')

    problem, most = refusal(body, catalog)
    assert problem.code == "sheet_too_wide"
    assert most < 5_000_000


def shared(length, rows):
    """A workbook that holds one text and shows it in each of these rows."""
    names = b"".join(
        b'<c r="%c1" t="inlineStr"><is><t>%b</t></is></c>' % (65 + n, name.encode()) for n, name in enumerate(NAMES)
    )
    row = b'<row r="%d"><c r="G%d" t="s"><v>0</v></c></row>'
    table = b"".join(row % (number, number) for number in range(2, rows + 2))
    sheet = b'<worksheet xmlns="%b"><sheetData><row r="1">%b</row>%b</sheetData></worksheet>' % (MAIN, names, table)
    texts = b'<sst xmlns="%b"><si><t>%b</t></si></sst>' % (MAIN, b"x" * length)
    types = part_of(sound(), "[Content_Types].xml").replace(b"</Types>", SHARED_TYPE + b"</Types>")
    relations = part_of(sound(), RELATIONS).replace(b"</Relationships>", SHARED_RELATION + b"</Relationships>")
    parts = {"[Content_Types].xml": types, RELATIONS: relations, SHEET: sheet, "xl/sharedStrings.xml": texts}
    return repacked(sound(), parts)


def test_a_long_text_that_is_shown_again_and_again_is_refused_before_it_is_copied(catalog):
    problem, most = refusal(shared(1_000_000, 20_000), catalog)

    assert problem.code == "workbook_bomb"
    assert most < 30_000_000


def test_a_text_that_many_cells_share_is_read(catalog):
    envelope, _ = read_xlsx(shared(15, 50), [*ASKED.items()], catalog.reported_forms)

    assert bytes(envelope.rows).count(b"x" * 15) == 50


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<c r="A1" ', b"<c "), (b'<c r="A1" ', b"<c r='A1' "), (b'<c r="A1" ', b'<c r = "A1" '),
        (b'<c r="A1" ', b'<c s=">" r="A1" '),
        (b'<c r="A1" t="inlineStr"', b'<c r="A1" t="inline&#83;tr"'), (b'<c r="A1" ', b'<c r="A1048576000" '),
    ],
)  # fmt: skip
def test_cells_that_are_written_so_that_they_could_be_overlooked_are_refused(old, new, catalog):
    problem, _ = refusal(with_sheet(sound(), old, new), catalog)

    assert problem.code == "workbook_unreadable"


@pytest.mark.parametrize(("number", "shown_as"), [(-1e300, "yyyy-mm-dd"), (1e10, "[h]:mm")])
def test_a_moment_that_no_calendar_has_is_refused_and_breaks_nothing(number, shown_as, catalog):
    book, sheet = a_sheet(a_visit(visited_on=number))
    sheet["F2"].number_format = shown_as

    assert refusal(packed(book), catalog)[0].code == "workbook_unreadable"


def test_a_formula_behind_another_prefix_is_seen_all_the_same(catalog):
    xml = part_of(a_workbook(a_visit(hours="=1+1")))
    body = repacked(sound(), {SHEET: xml.replace(b"<f>", b"<x:f>").replace(b"</f>", b"</x:f>")})

    _, found = read_xlsx(body, [*ASKED.items()], catalog.reported_forms)
    assert found == []
    envelope, _ = read_xlsx(body, [*ASKED.items()], catalog.reported_forms)
    assert [better.code for better in envelope.cells.better.values()] == ["formula_cell"]


def test_a_part_that_stands_twice_is_refused(catalog):
    body = io.BytesIO(sound())
    with zipfile.ZipFile(body, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, part_of(sound()))

    assert refusal(body.getvalue(), catalog)[0].code == "workbook_unreadable"


def test_a_table_of_five_thousand_rows_is_read_within_its_memory(catalog):
    book, _ = a_sheet(*(a_visit(visit_no=number % 99) for number in range(5_000)))
    body = packed(book)

    tracemalloc.start()
    envelope, found = read_xlsx(body, [*ASKED.items()], catalog.reported_forms)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(envelope.cells.rows), found) == (5_000, [])
    assert most < 40_000_000


async def test_a_refused_workbook_is_told_in_both_languages_and_kept(desk, stored):
    body = repacked(sound(), {"xl/vbaProject.bin": b"x"})

    answer = await desk.post("/v1/submissions", content=body, params=ASKED, headers={"content-type": XLSX})
    assert (answer.status_code, answer.json()["code"]) == (422, "workbook_macros")
    assert answer.json()["text"].keys() == {"zh", "en"}
    assert stored.refused() == [body]


@pytest.mark.parametrize("kind", ["application/vnd.ms-excel.sheet.macroEnabled.12", "application/vnd.ms-excel"])
async def test_other_kinds_of_workbooks_are_not_taken(kind, desk):
    answer = await desk.post("/v1/submissions", content=sound(), params=ASKED, headers={"content-type": kind})

    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unknown")


def test_what_passes_is_no_larger_than_was_said():
    body = sound()

    assert sum(map(len, parts_of(body).values())) <= MOST_INFLATED
    assert parts_of(body)[SHEET] == part_of(body)


FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
SOUND = a_workbook(a_visit(), header=NAMES)
PIECES = st.sampled_from(
    [b"<f>", b"<v>", b'"', b"&", b"<c>", b'<c r="B3"/>', b"<row>", b'r="9"', b"<!--", b"]]>", b"\0"]
)


@FUZZ
@given(place=st.integers(0, len(SOUND) - 1), byte=st.integers(0, 255))
def test_a_damaged_workbook_is_refused_or_read_and_nothing_breaks(place, byte, catalog):
    damaged = SOUND[:place] + bytes([byte]) + SOUND[place + 1 :]

    assert_told(damaged, catalog)


@FUZZ
@given(place=st.floats(0, 1), piece=PIECES, length=st.integers(0, 12))
def test_a_sheet_with_strange_xml_is_refused_or_read_and_nothing_breaks(place, piece, length, catalog):
    xml = part_of(SOUND)
    begin = int(place * len(xml))

    assert_told(repacked(SOUND, {SHEET: xml[:begin] + piece + xml[begin + length :]}), catalog)


@FUZZ
@given(body=st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(body, catalog):
    assert_told(body, catalog)


def assert_told(body, catalog):
    try:
        read_xlsx(body, [*ASKED.items()], catalog.reported_forms)
    except Problem as problem:
        assert 400 <= problem.status < 500
