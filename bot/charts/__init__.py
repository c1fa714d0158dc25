"""Charts: one specification, the same picture in mail, page and export."""
