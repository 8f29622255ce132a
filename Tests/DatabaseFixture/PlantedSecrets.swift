public import Postgres

/// Secrets in every place of a search that may hold one.
public enum PlantedSecrets {
    /// What no output may show.
    public static let secret = "Tr0ub4dor"

    /// Makes a table `items` with a view `near` and a function `matching`, and searches it as the application.
    ///
    /// - Parameter database: A database whose statements are counted, or sampled.
    /// - Throws: If the server refuses.
    public static func plant(in database: TestDatabase) async throws {
        try await database.execute(objects)
        try await search(in: database)
    }

    /// Searches what ``plant(in:)`` has made.
    public static func search(in database: TestDatabase) async throws {
        var connection = try await database.connect(as: .application, applicationName: "app \(secret)")
        try await connection.run(script: searches)
        _ = try await connection.query(
            """
            SELECT id, embedding <=> \("[1,2,3]")::vector AS a FROM items
            WHERE meta ->> \(secret) = \(secret) ORDER BY embedding <=> \("[1,2,3]")::vector LIMIT \(3)
            """
        )
        // A session tells what it did when it ends, or now.
        _ = try await connection.query("SELECT pg_catalog.pg_stat_force_next_flush()")
    }

    /// A session that is still open after a search with secrets in its constants and comments, which `pg_stat_activity` shows.
    ///
    /// - Parameter database: The database with what ``plant(in:)`` has made.
    /// - Returns: The session.
    /// - Throws: If the server refuses.
    public static func openSession(in database: TestDatabase) async throws -> Connection {
        var connection = try await database.connect(as: .application, applicationName: "app \(secret)")
        let sql = """
            SELECT id /* \(secret) */ FROM items WHERE name = '\(secret)' AND meta @> '{"\(secret)": 1}'
            ORDER BY embedding <=> '[1,2,3]' LIMIT 4 -- \(secret)
            """
        _ = try await connection.query(Statement(sql))
        return connection
    }

    private static let objects = """
        CREATE TABLE items (id bigint, name text, meta jsonb, embedding vector(3));
        INSERT INTO items VALUES (1, '\(secret)', '{"\(secret)": "\(secret)"}', '[1,2,3]');
        CREATE VIEW near AS SELECT id, embedding, name || '\(secret)' AS name FROM items WHERE name <> '\(secret)';
        SELECT '[1]'::vector;
        CREATE FUNCTION matching(v vector, k text) RETURNS SETOF bigint LANGUAGE plpgsql
            SET application_name = '\(secret)' SET hnsw.ef_search = 50
            AS $$ DECLARE s text := '\(secret)'; BEGIN
                -- \(secret)
                RETURN QUERY SELECT id FROM items WHERE name = '\(secret)' AND meta ->> '\(secret)' = k OR name = s
                    ORDER BY embedding <-> v LIMIT 3;
            END $$;
        CREATE FUNCTION matching_too(v vector) RETURNS SETOF bigint LANGUAGE sql
            BEGIN ATOMIC SELECT id FROM items WHERE name = '\(secret)' ORDER BY embedding <#> v LIMIT 3; END;

        """

    /// The server itself keeps some of these in its texts: the constant of an expression that stands twice, those of
    /// PREPARE, of SET and of comments.
    private static let searches = """
        SET myapp.key = '\(secret)';
        SET application_name = '\(secret) 2';
        SET search_path = "$user", public, '\(secret)';
        SELECT set_config('myapp.\(secret)', '\(secret)', FALSE);
        SELECT id /* \(secret) */ FROM items WHERE name = '\(secret)' -- \(secret)
            AND meta ->> '\(secret)' = '\(secret)' AND meta -> '\(secret)' ? '\(secret)' AND meta @> '{"\(secret)": 1}'
            ORDER BY embedding <=> '[1,2,3]' LIMIT 3;
        SELECT id, concat(name, '\(secret)') AS n, embedding <-> '[1,2,3]' FROM items
            GROUP BY id, concat(name, '\(secret)'), embedding ORDER BY embedding <-> '[1,2,3]', concat(name, '\(secret)');
        SELECT id FROM near WHERE name = '\(secret)' ORDER BY embedding <=> '[1,2,3]' LIMIT 3;
        SELECT matching('[1,2,3]', '\(secret)');
        SELECT matching_too('[1,2,3]') /* \(secret) */;
        PREPARE p (text) AS SELECT id FROM items WHERE name = $1 OR name = '\(secret)' ORDER BY embedding <+> '[1,2,3]' LIMIT 3;
        EXECUTE p ('\(secret)');
        BEGIN;
        DECLARE c CURSOR FOR SELECT id FROM items WHERE name = '\(secret)' ORDER BY embedding <=> '[1,2,3]';
        FETCH 1 FROM c;
        COMMIT;
        SELECT id FROM items WHERE name IN ('\(secret)', 'b') AND CASE WHEN name = '\(secret)' THEN TRUE END
            AND EXISTS (SELECT FROM near WHERE name = '\(secret)') AND name LIKE '\(secret)%' AND name BETWEEN 'a' AND '\(secret)'
            ORDER BY embedding <=> (SELECT embedding FROM items WHERE name = '\(secret)' LIMIT 1) LIMIT 3;

        """
}
