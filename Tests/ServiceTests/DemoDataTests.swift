import Testing

@testable import Service

@Suite struct DemoDataTests {
    @Test func thePublishedSkateboardIsReadWhole() throws {
        let skateboard = try Skateboard()
        #expect(skateboard.purchased.map(\.number) == (1...7).map { "SK100\($0)-01" })
        #expect(
            skateboard.purchased[4]
                == .init(number: "SK1005-01", name: "Truck screw", description: "1/4-20 SHCS, Bolts R Us, 92220A")
        )
        #expect(skateboard.purchased[1].description == "Standard type")
        #expect(skateboard.lines.count == 11)
        #expect(skateboard.lines(of: "TR-01").map(\.quantity) == [1, 1, 1])
    }

    @Test func everyLayerOfALineWaitsForEarlierOnesOnly() throws {
        for line in try AssemblyLine.all() {
            var layerOf: [Int: Int] = [:]
            for (index, layer) in line.layers.enumerated() {
                for operation in layer { layerOf[operation] = index }
            }
            #expect(layerOf.count == line.durations.count)
            for arc in line.arcs {
                #expect(try #require(layerOf[arc.before]) < #require(layerOf[arc.after]))
            }
        }
    }

    @Test(arguments: [
        ("", 1), ("x\n", 1), ("2\n5\n1,2\n-1,-1\n", 3), ("2\n5\n-6\n-1,-1\n", 3), ("1\n5\n1,2\n-1,-1\n", 3),
        ("2\n5\n6\n1,2\n", 5), ("2\n5\n6\n1;2\n-1,-1\n", 4), ("1\n5\n6\n-1,-1\n", 3),
    ])
    func aLineThatIsNotInTheFormatIsRefusedByItsNumber(text: String, number: Int) {
        #expect(throws: DemoError.dataUnreadable(file: "X.IN2", line: number)) {
            try AssemblyLine("X", Array(text.utf8))
        }
    }

    @Test func aRowWithAFieldTooManyIsRefusedByItsNumber() throws {
        #expect(throws: DemoError.dataUnreadable(file: "x.csv", line: 3)) {
            try CSVTable("x.csv", Array("a,b\r\n1,2\r\n1,2,3\r\n".utf8))
        }
        #expect(try CSVTable("x.csv", Array("a,b\r\n1,\r\n".utf8)).rows == [["a": "1", "b": ""]])
    }

    @Test func aRunIsTitledByItsUnits() {
        let one = SkateboardWork.Build("Truck T-", 2...2)
        #expect(one.title == "Truck T-0002" && one.units == ["T-0002"])
        let three = SkateboardWork.Build("Truck T-", 9...11)
        #expect(three.title == "Truck T-0009 to T-0011" && three.units == ["T-0009", "T-0010", "T-0011"])
    }
}
