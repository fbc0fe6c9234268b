"""Web Vitals: how quick and steady an app's pages are for those who visit them."""
