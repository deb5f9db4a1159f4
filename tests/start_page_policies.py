"""Policies of a 1C start page, and what each lets through: `tests/public/browser` asks a browser the same."""

SCRIPT, WORKER = "script", "worker"
"""What a policy keeps out first: the registration script, or the worker that it registers."""

WITHOUT_NONCE = {
    "": None,
    "script-src 'self'": None,
    "SCRIPT-SRC 'SELF'": None,
    "default-src 'self'": None,
    "default-src 'none'; script-src 'self'": None,
    "default-src 'none'; script-src 'self'; worker-src 'self'": None,
    "frame-ancestors 'none'; img-src 'none'": None,
    "script-src *": None,
    "script-src 'unsafe-inline' 'unsafe-eval' 'self'": None,
    "script-src http:": None,
    "script-src {host}": None,
    "script-src {origin}/offline/": None,
    "script-src {origin}/offline/erp/register.js {origin}/offline/erp/sw.js": None,
    # The second of a name counts for nothing.
    "script-src 'self'; script-src 'none'": None,
    # Nor does 'none' among others.
    "script-src 'none' 'self'": None,
    "sandbox allow-scripts allow-same-origin": None,
    "script-src": SCRIPT,
    "script-src 'none'": SCRIPT,
    "default-src 'none'": SCRIPT,
    "script-src 'nonce-abc'": SCRIPT,
    "script-src 'strict-dynamic' 'nonce-abc' 'self'": SCRIPT,
    "script-src 'unsafe-inline'": SCRIPT,
    "script-src https:": SCRIPT,
    "script-src https://1c.example.com": SCRIPT,
    "script-src {origin}/erp/": SCRIPT,
    "script-src {origin}/offline": SCRIPT,
    "script-src 'self'; script-src-elem 'none'": SCRIPT,
    "script-src 'self', default-src 'none'": SCRIPT,
    "sandbox allow-same-origin": SCRIPT,
    "worker-src 'none'": WORKER,
    "child-src 'none'": WORKER,
    "script-src 'self'; worker-src blob:": WORKER,
    "script-src-elem 'self'; script-src 'none'": WORKER,
    "script-src-elem 'self'; default-src 'none'": WORKER,
    "script-src {origin}/offline/erp/register.js": WORKER,
    "sandbox allow-scripts": WORKER,
    "require-trusted-types-for 'script'": WORKER,
}
"""For the script as web servers add it."""

WITH_NONCE = {
    "script-src 'nonce-abc' 'self'": None,
    "script-src 'nonce-abc' 'strict-dynamic'": None,
    "script-src 'NONCE-abc'; worker-src 'self'": None,
    "script-src 'nonce-ABC'": SCRIPT,
    "script-src 'nonce-abc'": WORKER,
    "script-src 'nonce-abc' 'strict-dynamic'; worker-src 'none'": WORKER,
}
"""For one that has the nonce `abc`."""


def filled(policy: str, origin: str) -> str:
    """The policy for a page of that origin."""
    return policy.replace("{origin}", origin).replace("{host}", origin.partition("://")[2])
