"""The languages that people are spoken to in: which one a request gets, and its texts, numbers and dates."""
