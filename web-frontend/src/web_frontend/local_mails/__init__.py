"""The mails of a local run, which go nowhere."""
