"""Impact, wired: objectives and what they are measured by, share of voice, lift, funnel."""
