/// An assembly line as published: the times of its operations, and which must precede which.
struct AssemblyLine {
    /// One operation must be done before another; both count from 1.
    struct Arc: Equatable {
        let before: Int
        let after: Int
    }

    let name: String
    /// The time of each operation, in seconds.
    let durations: [Int]
    let arcs: [Arc]

    static func all() throws(DemoError) -> [AssemblyLine] {
        [
            try AssemblyLine("HAHN", PackageResources.HAHN_IN2),
            try AssemblyLine("LUTZ3", PackageResources.LUTZ3_IN2),
            try AssemblyLine("WEE-MAG", PackageResources.WEE_MAG_IN2),
        ]
    }

    /// Reads the format `IN2`: the number of operations, a time a line, then arcs `a,b` ended by `-1,-1`.
    ///
    /// - Throws: ``DemoError/dataUnreadable(file:line:)`` for the first line that isn't that.
    init(_ name: String, _ bytes: [UInt8]) throws(DemoError) {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        func unreadable(_ index: Int) -> DemoError { .dataUnreadable(file: "\(name).IN2", line: index + 1) }
        guard let count = lines.first.flatMap({ Int($0) }), count > 0, lines.count > count + 1 else {
            throw unreadable(0)
        }
        var durations: [Int] = []
        var arcs: [Arc] = []
        for (index, line) in lines.enumerated().dropFirst() {
            let numbers = line.split(separator: ",").compactMap { Int($0) }
            switch numbers.count {
            case 1 where index <= count && numbers[0] >= 0: durations.append(numbers[0])
            case 2 where index > count && numbers == [-1, -1]:
                (self.name, self.durations, self.arcs) = (name, durations, arcs)
                return
            case 2 where index > count && numbers.allSatisfy { 1...count ~= $0 }:
                arcs.append(Arc(before: numbers[0], after: numbers[1]))
            default: throw unreadable(index)
            }
        }
        throw unreadable(lines.count)
    }

    var partNumber: String { "\(name)-LINE" }
    var workCenter: String { "Line \(name)" }

    /// The operations in the order in which a line with hands enough would do them: each layer holds those whose
    /// predecessors are all in earlier ones.
    var layers: [[Int]] {
        var waiting = [Int](repeating: 0, count: durations.count + 1)
        for arc in arcs { waiting[arc.after] += 1 }
        var layers: [[Int]] = []
        var layer = (1...durations.count).filter { waiting[$0] == 0 }
        while !layer.isEmpty {
            layers.append(layer)
            var next: [Int] = []
            for arc in arcs where layer.contains(arc.before) {
                waiting[arc.after] -= 1
                if waiting[arc.after] == 0 { next.append(arc.after) }
            }
            layer = next.sorted()
        }
        return layers
    }
}
