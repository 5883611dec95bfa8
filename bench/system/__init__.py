"""What the operating system allows, takes away and says: limits, lost time, causes of an end."""
