"""Writers of exports: rows become CSV, JSON Lines, Parquet or an Excel workbook, in constant memory. They know no
noun.
"""
