/// The entry of libFuzzer: an input is a seed of cuts and a stream of bytes. The parser must say the same of the stream
/// whole, byte by byte and cut at random, and must end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequestParser(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Array(UnsafeBufferPointer(start: data, count: count))[...]
    guard var seed = input.popFirst().map({ UInt64($0) }) else { return 0 }
    let bytes = Array(input)
    let whole = ParserRun([bytes[...]])
    precondition(ParserRun(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        pieces.append(rest.prefix(Int(seed >> 59) + 1))
        rest = rest.dropFirst(pieces.last?.count ?? 0)
    }
    precondition(ParserRun(pieces) == whole, "cut at random")
    return 0
}
