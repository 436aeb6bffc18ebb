// Holds the place of CompletionGating until its first type lands.
