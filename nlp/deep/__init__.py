"""Optional deep tiers: a second look at what lies in the uncertain band; off unless the settings name one."""
