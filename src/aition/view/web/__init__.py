"""The app: a page in the browser, and the server that answers its questions of stored runs."""
