"""The demo: the whole main job on a made-up brand, with real clients against loopback."""
