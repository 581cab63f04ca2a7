"""What a sitemap tells of the books: which there are, and when each changed."""
