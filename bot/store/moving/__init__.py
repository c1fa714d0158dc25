"""The whole database moved: into a backup, back from one, to another database."""
