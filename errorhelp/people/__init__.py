"""Who may do what: people, their passwords, and the proxies that name them."""
