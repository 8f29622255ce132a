import Foundation

/// The real vecs client, from Python.
public enum VecsClient {
    /// Runs Python that finds `vecs`, `numpy as np` and a client `vx` of the database, and returns what it printed.
    ///
    /// Throws with what it wrote to stderr when it fails.
    public static func run(_ python: String, on database: TestDatabase) async throws -> String {
        guard let interpreter = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_PYTHON"] else {
            throw FixtureError("VECSTEWARD_TEST_PYTHON is not set: run scripts/test, which installs the vecs client")
        }
        // psycopg2 by name, because SQLAlchemy 2.1 no longer takes it for the meaning of `postgresql`.
        let uri = try database.uri(scheme: "postgresql+psycopg2")
        let script = """
            import os
            import numpy as np
            import vecs
            vx = vecs.create_client(os.environ["VECSTEWARD_TEST_URI"])

            """ + python
        let result = try await Command.run(interpreter, ["-c", script], adding: ["VECSTEWARD_TEST_URI": uri])
        guard result.status == 0 else {
            throw FixtureError("the vecs client failed with status \(result.status):\n\(result.errors)")
        }
        return result.output
    }
}
