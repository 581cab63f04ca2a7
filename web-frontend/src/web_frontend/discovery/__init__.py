"""Being found and shared: what robots, feed readers, reading apps and other sites are told of a public shop."""
