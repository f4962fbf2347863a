"""Articles of newspapers, portals and offices' sites: main text, cleaning, what a page declares."""
