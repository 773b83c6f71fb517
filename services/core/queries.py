"""Named queries out of a .sql file: `-- name: what_it_returns` begins each."""

import re
from importlib.resources import files
from typing import Final

_NAME: Final = re.compile(r"^-- name: (?P<name>[a-z_]+)\s*$", re.MULTILINE)


def load_queries(package: str, file: str = "queries.sql") -> dict[str, str]:
    """The queries of `file` in `package`, by name, comments and all."""
    text = files(package).joinpath(file).read_text("utf-8")
    starts = list(_NAME.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {match["name"]: text[match.end() : end].strip() for match, end in zip(starts, ends, strict=True)}
