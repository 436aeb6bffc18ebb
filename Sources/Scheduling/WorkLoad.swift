/// How many steps a work center works on at each position of its working time.
struct WorkLoad: Sendable {
    /// Nil: any number at a time.
    let capacity: Int?
    /// Where the count changes, ascending, and the count from there to the next; before the first and after the last it is 0.
    private var positions: [Int64] = []
    private var counts: [Int] = []
    /// What was last to end at a position, as the bound of what begins there.
    private var ends: [Int64: PlannedStep.Bound] = [:]

    init(capacity: Int?) {
        self.capacity = capacity
    }

    /// The first position at or after `earliest` from which there is room for so long.
    func room(for work: Int64, from earliest: Int64) -> Int64 {
        guard let capacity else { return earliest }
        var candidate = earliest
        var index = max(0, firstIndex(after: earliest) - 1)
        while index < positions.count, positions[index] < candidate + work {
            if counts[index] >= capacity, index + 1 < positions.count, positions[index + 1] > candidate {
                candidate = positions[index + 1]
            }
            index += 1
        }
        return candidate
    }

    /// What gives room at this position.
    func takes(until position: Int64) -> PlannedStep.Bound? { ends[position] }

    mutating func take(_ range: Range<Int64>, by taker: PlannedStep.Bound) {
        ends[range.upperBound] = taker
        let first = cut(at: range.lowerBound)
        let last = cut(at: range.upperBound)
        for index in first..<last { counts[index] += 1 }
        join(at: last)
        join(at: first)
    }

    /// The index of the change at this position, made if there is none.
    private mutating func cut(at position: Int64) -> Int {
        let index = firstIndex(after: position)
        if index > 0, positions[index - 1] == position { return index - 1 }
        positions.insert(position, at: index)
        counts.insert(index > 0 ? counts[index - 1] : 0, at: index)
        return index
    }

    /// Takes away a change that is none, so that a long backlog is one stretch.
    private mutating func join(at index: Int) {
        guard counts[index] == (index > 0 ? counts[index - 1] : 0) else { return }
        positions.remove(at: index)
        counts.remove(at: index)
    }

    private func firstIndex(after position: Int64) -> Int {
        var low = 0
        var high = positions.count
        while low < high {
            let middle = (low + high) / 2
            if positions[middle] <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
