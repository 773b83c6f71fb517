"""The words that a template is written with and read back by."""

from typing import Final

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HIDDEN_SHEET: Final = "rorc"
"""Says in its first two columns what is reported; the choices of drop-down lists stand beside."""
MEMBERS: Final = ("form", "form_version", "period", "division", "base_revision")
"""What the hidden sheet says, a row each."""
NAME_COLUMN: Final = "division_name"
REQUIRED_MARK: Final = "*"
"""Behind a title: a value is needed."""
TRUTH: Final = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}
FAULTS_SHEET: Final = "错误 Faults"
