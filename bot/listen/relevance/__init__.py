"""Relevance beyond the words: whether a piece that holds a subject's name is about the subject. Pure but for the use
cases.
"""
