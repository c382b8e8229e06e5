"""The doors that leads come through: each verifies, reads, and hands on to `capture_lead`."""
