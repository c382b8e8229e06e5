"""Data tables: many inputs to a pool, kept as CSV beside the configuration."""

from shared.domain.notation import Model, Name

MOST_ROWS = 50_000


class Table(Model):
    """One table: the fields it asks, and what each row wants of them.

    `columns` and `rows` are what the file says, read when a configuration is applied. The rows are
    one text, a line for each, its cells parted by tabs and the last one the pool: fifty thousand
    are read in a moment that way, and looked into only when a lead comes to them. An empty cell
    asks nothing.
    """

    file: Name
    columns: list[Name] = []
    rows: str = ""

    def cells(self) -> list[list[str]]:
        """The cells of each row: one for each column, and the pool."""
        return [row.split("\t") for row in self.rows.split("\n")] if self.rows else []

    def pools(self) -> set[str]:
        """Every pool that a row leads to."""
        return {row.rpartition("\t")[2] for row in self.rows.split("\n")} if self.rows else set()
