// Holds the place of HTTP until its first type lands.
