"""Configuration: typed, validated, laid over packaged defaults."""
