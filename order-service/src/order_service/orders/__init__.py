"""Orders: placed with copies that are held for them, listed, read and cancelled."""
