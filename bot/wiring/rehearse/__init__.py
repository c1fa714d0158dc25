"""Rehearsing, wired: what another configuration would have done."""
