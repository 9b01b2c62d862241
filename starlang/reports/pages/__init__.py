"""HTML pages: one file each, which opens anywhere, asks for nothing and runs only our script."""
