"""The report as one HTML page that needs nothing else: page.py fills page.html with figures, page.css, page.js and the
rows as JSON. The page works from a folder too: what a browser may do with it stands in the page itself."""
