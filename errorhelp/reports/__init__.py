"""Reports: failed logins and crashes, taken in, grouped into problems, kept and handed on."""
