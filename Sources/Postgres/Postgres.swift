// Holds the place of Postgres until its first type lands.
