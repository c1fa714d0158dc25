"""The web door: the HTTP API for programs, webhooks for shops, and server-rendered pages for people."""
