"""The live state, and the workers that follow the clock, the store, the configuration, reports and the outbox."""
