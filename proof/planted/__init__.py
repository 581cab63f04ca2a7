"""Bugs that other shop systems had, planted into copies of the services: the proof has to find each of them."""
