"""The forms of a digest, equal in content: one page of plain parts, drawn as text, HTML, PDF and for the terminal."""
