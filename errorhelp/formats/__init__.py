"""Wire formats, one file each. Pure: bytes and values in, bytes and values out."""
