"""The linter of AWS's own resource descriptions has nothing to say."""

from cfnlint.api import lint_all


def test_cfn_lint_finds_nothing(template_path):
    """Neither errors nor warnings: a warning that stays teaches people to overlook the next."""
    assert lint_all(template_path.read_text("utf-8")) == []
