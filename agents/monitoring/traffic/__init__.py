"""Page views and events of an app, without cookies and without knowing anybody."""
