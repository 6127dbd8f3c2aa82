//! The terminal: streams, colour, live progress, hints.
