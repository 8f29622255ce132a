// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "vecsteward",
    products: [.executable(name: "vecsteward", targets: ["vecsteward"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"])]),
        .target(name: "SafeText", swiftSettings: settings),
        .target(name: "Postgres", dependencies: ["CLibPQ", "SafeText"], swiftSettings: settings),
        .target(
            name: "Systemd",
            dependencies: ["CSystemd", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(name: "Advisor", swiftSettings: settings),
        .target(name: "Grammar", dependencies: ["CPgQuery"], swiftSettings: settings),
        // It compares millions of numbers, which takes a hundred times as long without optimization, also in tests.
        .target(
            name: "Recall",
            dependencies: ["Advisor"],
            swiftSettings: settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]
        ),
        .target(name: "Reports", dependencies: ["Advisor", "Recall", "SafeText"], swiftSettings: settings),
        .target(
            name: "Maintenance",
            dependencies: ["Advisor", "Grammar", "Postgres", "Recall"],
            resources: [
                .embedInCode("Database/SQL"), .embedInCode("Database/Schema/SQL"), .embedInCode("History/SQL"),
                .embedInCode("Queue/SQL"), .embedInCode("Polling/SQL"), .embedInCode("Workers/SQL"),
                .embedInCode("Scheduler/SQL"), .embedInCode("Workload/SQL"), .embedInCode("Recall/SQL"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "vecsteward",
            dependencies: [
                "CMalloc", "Maintenance", "Recall", "Reports", "SafeText", "Systemd",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "poll-benchmark",
            dependencies: ["Advisor", "Maintenance", "Postgres"],
            path: "Benchmarks/Poll",
            swiftSettings: settings
        ),

        .target(
            name: "DatabaseFixture",
            dependencies: ["Advisor", "Maintenance", "Postgres"],
            path: "Tests/DatabaseFixture",
            swiftSettings: settings
        ),
        .testTarget(name: "SafeTextTests", dependencies: ["SafeText"], swiftSettings: settings),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "DatabaseFixture"], swiftSettings: settings),
        .testTarget(
            name: "SystemdTests",
            dependencies: ["Systemd", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(
            name: "AdvisorFixture",
            dependencies: ["Advisor"],
            path: "Tests/AdvisorFixture",
            swiftSettings: settings
        ),
        .testTarget(name: "RecallTests", dependencies: ["Recall"], swiftSettings: settings),
        .testTarget(name: "GrammarTests", dependencies: ["Grammar"], swiftSettings: settings),
        .executableTarget(
            name: "grammar-fuzzer",
            dependencies: ["Grammar"],
            path: "Tests/GrammarFuzzer",
            swiftSettings: settings
        ),
        .testTarget(name: "AdvisorTests", dependencies: ["AdvisorFixture"], swiftSettings: settings),
        .testTarget(
            name: "ReportsTests",
            dependencies: ["Reports", "SafeText", "AdvisorFixture"],
            exclude: ["Golden"],
            swiftSettings: settings
        ),
        .target(
            name: "CountingJob",
            dependencies: ["Advisor", "Maintenance", "Postgres"],
            path: "Tests/CountingJob",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "counting-daemon",
            dependencies: ["CountingJob"],
            path: "Tests/CountingDaemon",
            swiftSettings: settings
        ),
        .testTarget(
            name: "MaintenanceTests",
            dependencies: ["Maintenance", "Reports", "DatabaseFixture", "CountingJob", "counting-daemon"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "VecstewardTests",
            dependencies: [
                "vecsteward", "DatabaseFixture", "AdvisorFixture", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
