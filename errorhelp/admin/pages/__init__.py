"""The admin pages: rendered here, they work without scripts, and the modules in `static/` make them live."""
