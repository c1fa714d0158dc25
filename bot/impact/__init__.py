"""Impact: what the coverage did, against the objectives of each department; share of voice, lift, funnel."""
