import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("Other people's search paths", .timeLimit(.minutes(15)))
struct SearchPathTests {
    /// Who says along which path names are looked for.
    enum Source: String, CaseIterable, CustomTestStringConvertible {
        case database, role, connection, environment

        var testDescription: String { rawValue }
    }

    /// A schema with operators, functions and types that are named as PostgreSQL's and fail when they are used.
    private static let trap = """
        CREATE SCHEMA evil;
        GRANT USAGE ON SCHEMA evil TO PUBLIC;
        CREATE FUNCTION evil.spring(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RAISE EXCEPTION 'evil code ran: %', what; END $$;
        DO $$
        DECLARE
            one record;
            wanted regtype[] = '{text,name,oid,int4,int8,bool,float8,timestamptz,interval}';
        BEGIN
            FOR one IN
                SELECT oprname, oprleft::regtype AS a, oprright::regtype AS b, oprresult::regtype AS c, oid
                FROM pg_catalog.pg_operator
                WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprkind = 'b'
                    AND oprleft = ANY (wanted) AND oprright = ANY (wanted)
            LOOP
                EXECUTE format(
                    'CREATE FUNCTION evil.operator_%s(a %s, b %s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS
                    %L', one.oid, one.a, one.b, one.c,
                    format('BEGIN RAISE EXCEPTION USING MESSAGE = %L; END', format('evil code ran: %s %s', one.oprname, one.a))
                );
                EXECUTE format(
                    'CREATE OPERATOR evil.%s (FUNCTION = evil.operator_%s, LEFTARG = %s, RIGHTARG = %s)',
                    one.oprname, one.oid, one.a, one.b
                );
            END LOOP;
            FOR one IN
                SELECT proname, pg_get_function_identity_arguments(oid) AS arguments, prorettype::regtype AS result, proretset
                FROM pg_catalog.pg_proc
                WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND prosrc <> '' AND provariadic = 0
                    AND prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p')
                    AND NOT proretset
                    AND NOT EXISTS (SELECT FROM unnest(proargtypes) AS t JOIN pg_type AS p ON p.oid = t WHERE p.typtype = 'p')
                    AND (
                        proname ~ '^(has_|pg_has_|pg_get_|pg_is_|pg_backend|pg_try|pg_advisory|pg_relation_|pg_size|pg_stat_get)'
                        OR proname IN (
                            'now', 'statement_timestamp', 'clock_timestamp', 'current_setting', 'set_config', 'make_interval',
                            'octet_length', 'floor', 'left', 'lower', 'current_database', 'array_length', 'obj_description'
                        )
                    )
            LOOP
                EXECUTE format(
                    'CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS %L',
                    one.proname, one.arguments, one.result,
                    format('BEGIN RAISE EXCEPTION USING MESSAGE = %L; END', format('evil code ran: %s', one.proname))
                );
            END LOOP;
        END $$;
        CREATE DOMAIN evil.text AS pg_catalog.text CHECK (evil.spring('text'));
        CREATE DOMAIN evil.int4 AS pg_catalog.int4 CHECK (evil.spring('int4'));
        CREATE DOMAIN evil.int8 AS pg_catalog.int8 CHECK (evil.spring('int8'));
        CREATE DOMAIN evil.oid AS pg_catalog.oid CHECK (evil.spring('oid'));
        CREATE DOMAIN evil.float8 AS pg_catalog.float8 CHECK (evil.spring('float8'));
        """

    /// Springs the trap on whoever connects as the role of vecsteward, and on nobody else.
    ///
    /// - Returns: How to connect, and with what environment.
    private static func set(
        _ source: Source,
        _ setting: String,
        in database: TestDatabase
    ) async throws -> (connection: String, environment: [String: String]) {
        let connection = try await database.stewardConnection()
        let role = Identifier(try database.user(.steward))
        let name = Identifier(database.name)
        let (parameter, value) = (setting.prefix { $0 != "=" }, setting.drop { $0 != "=" }.dropFirst())
        switch source {
        case .database:
            // A role's setting in the database comes before the database's own.
            for other in [TestRole.superuser, .application] {
                let other = Identifier(try database.user(other))
                try await database.administer("ALTER ROLE \(other) IN DATABASE \(name) SET \(parameter) TO DEFAULT")
                try await database.administer(
                    "ALTER ROLE \(other) IN DATABASE \(name) SET search_path = \"$user\", public"
                )
            }
            try await database.administer("ALTER DATABASE \(name) SET \(parameter) = \(value)")
            return (connection, [:])
        case .role:
            try await database.administer("ALTER ROLE \(role) SET \(parameter) = \(value)")
            return (connection, [:])
        case .connection:
            let escaped = value.replacing(" ", with: "\\\\ ")
            return (connection + " options='-c \(parameter)=\(escaped)'", [:])
        case .environment:
            return (connection, ["PGOPTIONS": "-c \(parameter)=\(value.replacing(" ", with: "\\ "))"])
        }
    }

    private static func run(
        _ arguments: [String],
        _ place: (connection: String, environment: [String: String]),
        on database: TestDatabase
    ) async throws -> ProgramRun {
        try await ProgramRun.of(
            arguments + ["--database", place.connection] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": try database.server.password()].merging(place.environment) { _, new in new }
        )
    }

    @Test("no session runs what another search path leads to", arguments: TestServer.all, Source.allCases)
    func everySession(server: TestServer, source: Source) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, n int, vec vector(8));
                INSERT INTO docs
                SELECT g, g % 10, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
                FROM generate_series(1, 4000) AS g;
                CREATE INDEX docs_part ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30) WHERE n > 5;
                INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
                """
            )
            try await database.fill("bare", rows: 1_200)
            try await database.administer(Self.trap)
            let place = try await Self.set(source, "search_path=evil, pg_catalog, public", in: database)

            let report = try await Self.run(["--dry-run"], place, on: database)
            #expect(report.status == 0, "\(report.text)")
            let once = try await Self.run(["run", "--once"], place, on: database)
            #expect(once.status == 0, "\(once.text)")
            let built = try await Self.run(["create-index", "public.bare.vec"], place, on: database)
            #expect(built.status == 0, "\(built.text)")
            let rebuilt = try await Self.run(
                ["rebuild", "public.docs.vec", "--index", "docs_part"],
                place,
                on: database
            )
            #expect(rebuilt.status == 0, "\(rebuilt.text)")
            let list = try await Self.run(["jobs", "list"], place, on: database)
            #expect(list.status == 0, "\(list.text)")
            let grants = try await Self.run(["grants", "--role", "somebody", "--for", "maintain"], place, on: database)
            #expect(grants.status == 0, "\(grants.text)")
            for run in [report, once, built, rebuilt, list, grants] {
                #expect(!run.text.contains("evil"), "\(run.text)")
            }

            // The predicate means what it meant.
            let predicates = """
                SELECT count(*) AS number FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                WHERE i.indrelid = 'docs'::regclass AND i.indisvalid AND i.indpred IS NOT NULL AND c.reltuples > 0
                    AND NOT EXISTS (
                        SELECT FROM pg_depend AS d JOIN pg_operator AS o ON o.oid = d.refobjid
                        WHERE d.objid = i.indexrelid AND o.oprnamespace = 'evil'::regnamespace
                    )
                """
            #expect(try await database.number(predicates) == 1)
            let foreign = """
                SELECT count(*) AS number FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = 'evil'
                """
            #expect(try await database.number(foreign) == 0)
        }
    }

    @Test("a daemon goes by its own settings, whatever is set for its role and database", arguments: TestServer.all)
    func daemon(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.administer(Self.trap)
            _ = try await Self.set(.database, "search_path=evil, pg_catalog, public", in: database)
            let name = Identifier(database.name)
            for setting in [
                "standard_conforming_strings = off", "quote_all_identifiers = on", "transform_null_equals = on",
                "array_nulls = off", "extra_float_digits = -15", "datestyle = 'German'",
                "intervalstyle = 'sql_standard'",
                "bytea_output = 'escape'", "default_transaction_isolation = 'serializable'",
                "default_transaction_deferrable = on", "statement_timeout = '1s'", "client_min_messages = 'error'",
                "exit_on_error = on",
            ] {
                try await database.administer(
                    "ALTER ROLE \(Identifier(try database.user(.steward))) IN DATABASE \(name) SET \(setting)"
                )
            }
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "this instance is the leader")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            try await database.waitForEmptyQueue()
            #expect(try await database.isRebuilt())
            #expect(await daemon.end() == 0)
            #expect(!daemon.text.contains("evil") && !daemon.text.contains("tried again"), "\(daemon.text)")
            #expect(!daemon.text.contains("vecsteward retries"), "\(daemon.text)")
        }
    }
}
