// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The domain's thinking never touches memory by hand; the compiler holds it to that.
let domain: [SwiftSetting] = house + [.strictMemorySafety()]

let package = Package(
    name: "traveler",
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: house),
        .target(name: "HTTP", dependencies: ["CLinux"], swiftSettings: house),
        .target(name: "RunModel", swiftSettings: domain),
        .target(name: "CompletionGating", dependencies: ["RunModel", "Postgres"], swiftSettings: domain),
        .target(name: "SplitInventory", dependencies: ["RunModel", "Postgres"], swiftSettings: domain),
        .target(name: "Scheduling", dependencies: ["RunModel", "Postgres"], swiftSettings: domain),
        .target(
            name: "Service",
            dependencies: ["HTTP", "Postgres", "RunModel", "CompletionGating", "SplitInventory", "Scheduling"],
            exclude: [
                "Demo/Data/README.md",
                "Demo/Data/skateboard/LICENSE",
                "Demo/Data/skateboard/expected_flat.csv",
                "Demo/Data/assembly-line/LICENSE",
                "Demo/Data/assembly-line/expected.jsonl",
            ],
            resources: [
                .embedInCode("Page"),
                .embedInCode("Demo/Data/skateboard"),
                .embedInCode("Demo/Data/assembly-line"),
            ],
            swiftSettings: house
        ),
        .executableTarget(name: "traveler", dependencies: ["Service"], swiftSettings: house),
        .executableTarget(
            name: "plan-bench",
            dependencies: ["Scheduling"],
            path: "ops/benchmark/plan",
            swiftSettings: house
        ),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres"], swiftSettings: house),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP"], swiftSettings: house),
        .testTarget(
            name: "CompletionGatingTests",
            dependencies: ["CompletionGating", "RunModel"],
            swiftSettings: house
        ),
        .testTarget(
            name: "SplitInventoryTests",
            dependencies: ["SplitInventory", "RunModel"],
            swiftSettings: house
        ),
        .testTarget(
            name: "SchedulingTests",
            dependencies: ["Scheduling", "RunModel"],
            swiftSettings: house
        ),
        .testTarget(name: "ServiceTests", dependencies: ["Service"], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
