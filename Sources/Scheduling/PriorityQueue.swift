/// A binary heap: the first of its elements by an order that never changes while they are in it.
struct PriorityQueue {
    private var heap: [Int] = []
    private let comesFirst: (Int, Int) -> Bool

    init(_ comesFirst: @escaping (Int, Int) -> Bool) {
        self.comesFirst = comesFirst
    }

    mutating func push(_ element: Int) {
        heap.append(element)
        var index = heap.count - 1
        while index > 0, comesFirst(heap[index], heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func pop() -> Int? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && comesFirst(heap[child], heap[least])
            {
                least = child
            }
            if least == index { return first }
            heap.swapAt(index, least)
            index = least
        }
    }
}
