"""Small charts, drawn on the server as SVG that needs neither styles of its own nor a script."""
