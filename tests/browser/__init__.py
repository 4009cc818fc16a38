"""The page in Chromium: a package, so that the browser is closed when the last of its tests is through."""
