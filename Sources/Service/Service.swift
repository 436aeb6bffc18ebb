// Holds the place of Service until its first type lands.
