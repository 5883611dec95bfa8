"""What the system allows, takes away and says."""
