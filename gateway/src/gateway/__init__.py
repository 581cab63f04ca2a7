"""The single way into Quire: routes by prefix and checks who is calling."""
