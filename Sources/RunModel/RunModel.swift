// Holds the place of RunModel until its first type lands.
