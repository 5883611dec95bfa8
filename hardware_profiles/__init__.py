"""Facts about hardware: devices, tiers, links, prices, energy. It measures nothing."""
