"""``make accuracy``: measures what Heard reads against labelled development data and writes docs/accuracy.md."""
