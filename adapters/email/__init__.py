"""Mail: digests to addresses, and pages behind the links in them."""
