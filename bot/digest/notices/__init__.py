"""What people are told between digests: a source that broke, a code that leaked, an alert."""
