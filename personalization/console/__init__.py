"""Pages of the console that need the engine: trying an event, keeping what came of it as a test, checking a call."""
