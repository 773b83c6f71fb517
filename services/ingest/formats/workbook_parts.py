"""A workbook's bytes → its parts, inflated and found harmless, within bounds that hold whatever the bytes say.

What is read further is these parts and nothing else, so no reader meets anything that was not looked at here.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from services.catalog.validators import MOST_ROWS
from services.core.problems import Problem

MOST_INFLATED: Final = 48 * 2**20
"""All parts together: a table of 5,000 rows and 20 columns takes a tenth of it."""
_MOST_PARTS: Final = 1_000
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_LOCAL_HEADER: Final = 30
_STEP: Final = 256 * 1024
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s>/]")
_ENTITIES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OTHER_ENCODING: Final = re.compile(rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_PROGRAMS: Final = re.compile(r"vbaproject|macrosheets/|activex/|dialogsheets/|vbadata", re.IGNORECASE)
_READ: Final = (".xml", ".rels")


def parts_of(body: bytes) -> Mapping[str, bytes]:
    """The XML of a workbook by the names of its parts.

    Problems `workbook_old`, `workbook_encrypted`, `workbook_unreadable`, `workbook_bomb`, `workbook_macros`,
    `workbook_entities` and `sheet_too_long`, each before more is inflated than must be to know.
    """
    if body.startswith(_OLE):
        raise Problem("workbook_encrypted" if _ENCRYPTED in body else "workbook_old")
    entries = _entries(body)
    if any(_PROGRAMS.search(entry.filename) for entry in entries):
        raise Problem("workbook_macros")
    if sum(entry.file_size for entry in entries) > MOST_INFLATED:
        raise bomb()
    parts = {entry.filename: _inflated(body, entry) for entry in entries if entry.filename.endswith(_READ)}
    if b"macroEnabled" in parts.get("[Content_Types].xml", b""):
        raise Problem("workbook_macros")
    return parts


def _entries(body: bytes) -> list[zipfile.ZipInfo]:
    """The directory; how long it is, is known before it is read."""
    if body.count(_DIRECTORY_ENTRY) > _MOST_PARTS:
        raise bomb()
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError):
        raise unreadable("not a zip archive") from None
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Problem("workbook_encrypted")
    if len({entry.filename for entry in entries}) < len(entries):
        raise unreadable("a part stands twice")
    return entries


def _inflated(body: bytes, entry: zipfile.ZipInfo) -> bytes:
    """One part; its size in the directory is not believed."""
    packed = _packed(body, entry)
    if entry.compress_type == zipfile.ZIP_STORED:
        if len(packed) != entry.file_size:
            raise unreadable(f"{entry.filename} has another size than said")
        _require_harmless(packed, entry.filename)
        _require_short(entry, len(_ROW.findall(packed)))
        return packed
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise unreadable(f"{entry.filename} is packed in an unusual way")
    return _unpacked(packed, entry)


def _unpacked(packed: bytes, entry: zipfile.ZipInfo) -> bytes:
    inflater, found, rows = zlib.decompressobj(-zlib.MAX_WBITS), bytearray(), 0
    try:
        while not inflater.eof:
            begin = len(found)
            found += inflater.decompress(packed, _STEP)
            packed = inflater.unconsumed_tail
            if len(found) > entry.file_size:
                raise bomb()
            if len(found) == begin and not packed and not inflater.eof:
                raise unreadable(f"{entry.filename} ends too early")
            rows += len(_ROW.findall(found, begin))
            _require_short(entry, rows)
    except zlib.error:
        raise unreadable(f"{entry.filename} is damaged") from None
    if len(found) != entry.file_size:
        raise unreadable(f"{entry.filename} has another size than said")
    _require_harmless(found, entry.filename)
    return bytes(found)


def _require_short(entry: zipfile.ZipInfo, rows: int) -> None:
    if rows > MOST_ROWS and "worksheets/" in entry.filename:
        raise Problem("sheet_too_long", {"limit": MOST_ROWS})


def _packed(body: bytes, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of a part as they stand in the archive."""
    begin = entry.header_offset
    header = body[begin : begin + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        raise unreadable(f"{entry.filename} is not where it should be")
    begin += _LOCAL_HEADER + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return body[begin : begin + entry.compress_size]


def _require_harmless(part: bytes | bytearray, name: str) -> None:
    """Problem unless it is sound XML in UTF-8 that declares nothing of its own."""
    if _ENTITIES.search(part):
        raise Problem("workbook_entities")
    if b"\0" in part or _OTHER_ENCODING.match(part):
        raise unreadable(f"{name} is not UTF-8")
    try:
        expat.ParserCreate().Parse(bytes(part), True)
    except expat.ExpatError as error:
        raise unreadable(f"{name}: {error}") from None


def unreadable(why: str) -> Problem:
    """What is no workbook, or a damaged one."""
    return Problem("workbook_unreadable", {"why": why})


def bomb() -> Problem:
    """What unpacks to more than is taken."""
    return Problem("workbook_bomb", {"limit": MOST_INFLATED // 2**20})
