"""Who asks on the admin listener, and whether they may."""
