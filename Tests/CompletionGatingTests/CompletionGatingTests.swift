import Testing

@Suite struct CompletionGatingTests {}
