import Testing

@testable import Postgres

@Suite("Connection targets")
struct TargetTests {
    @Test(
        "are described by their parts that are no secret",
        arguments: [
            ("postgresql://steward:zebra@db1:5432/app", "database app on db1:5432 as steward"),
            ("host=db1 port=5432 dbname=app user=steward password=zebra", "database app on db1:5432 as steward"),
            ("postgresql://steward:zebra@db1:1,db2:2/app", "database app on db1:1,db2:2 as steward"),
            ("postgresql://[::1]:5432/app", "database app on [::1]:5432"),
            ("service=app", "service app"),
            ("service=app dbname=other password=zebra", "database other (service app)"),
            ("host=/run/postgresql dbname=app", "database app on /run/postgresql"),
            ("postgresql:///app?password=zebra&sslpassword=zebra", "database app"),
            ("dbname='a\u{1B}[31mb\nc'", "database a\\u{1B}[31mb c"),
            ("", "the default database"),
        ]
    )
    func description(conninfo: String, description: String) throws {
        let target = try ConnectionTarget(parsing: conninfo)
        #expect(target.description == description)
        #expect(!everythingShown(by: target).contains("zebra"))
    }

    @Test(
        "never show a password, be they understood or not",
        arguments: [
            "postgresql://u:zebra%giraffe@h/db", "postgresql://u:zebra?giraffe@h/db",
            "postgresql://u:zebra@giraffe@h/db",
            "postgresql://u:zebra/giraffe@h/db", "postgresql://u:1/zebra@h/giraffe",
            "postgresql://u:1/zebra?giraffe@h/db",
            "postgresql://u:zebra#giraffe@h/db", "postgresql://u:zebra:giraffe@h/db",
            "postgres://u:zebra%zz@giraffe/db",
            "postgresql://u:12/zebra@giraffe", "postgresql://u:zebra?x@giraffe@h",
            "postgresql://h/db?password=zebra&giraffe=1",
            "postgresql+psycopg2://u:zebra@h/giraffe", "mysql://u:zebra@giraffe/db", "zebra", "zebra giraffe",
            "host=h zebra", "host=h password=zebra giraffe", "host=h password='zebra giraffe", "host=h zebra=giraffe",
            "host=h password=zebra port=giraffe", "password=zebra host=u@giraffe", "host=h\u{0} password=zebra",
            "postgresql://u:zebra@h:giraffe/db",
        ]
    )
    func secrets(conninfo: String) {
        let shown: String
        do throws(PostgresError) {
            shown = everythingShown(by: try ConnectionTarget(parsing: conninfo))
        } catch {
            #expect(error.code == .invalidTarget)
            shown = everythingShown(by: error)
        }
        #expect(!shown.contains("zebra"))
        #expect(!shown.contains("giraffe"))
    }

    @Test("that cannot be understood say how to write them")
    func hints() async throws {
        let cases = [
            ("postgresql://u:se%cret@h/db", "percent-encode"), ("postgresql://u:a@b@h/db", "%40"),
            ("host=h secretword", "keyword=value"),
            ("postgresql+psycopg2://h/db", "without the name of a Python driver"),
            ("mysql://h/db", "begins with postgresql://"),
        ]
        for (conninfo, hint) in cases {
            let failure = try await error { () async throws(PostgresError) in
                _ = try ConnectionTarget(parsing: conninfo)
            }
            #expect(failure.hint?.contains(hint) == true, "\(conninfo)")
        }
    }

    @Test(
        "with a variable that nobody has filled in are refused, with what would do and without any value",
        arguments: [
            "host=${DB_HOST} dbname=app", "host=db1 dbname=${DB:-secret}", "dbname=$DATABASE",
            "user=$(DB_USER) dbname=app",
            "dbname=app port=${PORT}", "dbname='{{ .Values.db }}'", "service={{service}}",
            "dbname=app password=${SECRET}",
            "postgresql://${DB_USER}:x@db1/app", "postgresql://app:${SECRET}@db1/app", "postgresql://db1/${DB}",
            "postgresql://${DB_HOST}:${DB_PORT}/app", "host=db1,${SECOND} dbname=app", "dbname=app sslmode=${SSLMODE}",
        ]
    )
    func placeholders(conninfo: String) {
        #expect {
            _ = try ConnectionTarget(parsing: conninfo)
        } throws: { error in
            guard let error = error as? PostgresError else { return false }
            let text = error.message + (error.hint ?? "")
            return error.code == .invalidTarget && text.contains("Variables are not expanded")
                && text.contains("~/.pgpass")
                && !text.lowercased().contains("secret")
        }
    }

    @Test(
        "that only look a little like variables are taken as they are",
        arguments: [
            "dbname=app password=a${b}c", "dbname=app password='$(x) y'", "dbname=app password=$abc", "dbname=$app",
            "dbname='cost in $'", "dbname='{}'", "dbname='${}'", "user=a$B dbname=app", "dbname='${a' host=db1",
        ]
    )
    func noPlaceholders(conninfo: String) throws {
        #expect(throws: Never.self) { try ConnectionTarget(parsing: conninfo) }
    }

    @Test("keep everything but the database when that is replaced")
    func replacing() throws {
        let target = try ConnectionTarget(parsing: "postgresql://steward:zebra@db1:5432/app?sslmode=require")
        let other = target.replacing(database: "other")
        #expect(other.description == "database other on db1:5432 as steward")
        #expect(other["password"] == "zebra")
        #expect(other["sslmode"] == "require")
        #expect(target.database == "app")
    }

    @Test("keep addresses and ports beside their hosts when one is left out")
    func hostLists() throws {
        let target = try ConnectionTarget(parsing: "host=a,b,c hostaddr=1.1.1.1,,3.3.3.3 port=1,2,3 user=u")
        var hosts = HostList(target.settings)
        hosts.remove(at: 0)
        let values = hosts.applied(to: target.settings).map { "\($0.keyword)=\($0.value)" }
        #expect(values == ["user=u", "host=b,c", "hostaddr=,3.3.3.3", "port=2,3"])
        var single = HostList(host: "a,b", address: nil, port: "5433")
        single.remove(at: 1)
        #expect(single.applied(to: []).map(\.value) == ["a", "5433"])
    }
}

@Suite("What libpq says of a refused connection")
struct ConnectionComplaintTests {
    @Test(
        "yields its SQLSTATE in any language",
        arguments: [
            (
                "connection to server at \"h\", port 1 failed: FATAL:  28P01: no \"x: y\"\nLOCATION:  auth_failed, auth.c:326",
                "connection to server at \"h\", port 1 failed: no \"x: y\"", "28P01"
            ),
            ("x failed: 致命错误:  3D000: 数据库不存在\nLOCATION:  InitPostgres, postinit.c:9\n", "x failed: 数据库不存在", "3D000"),
            (
                "x failed: FATAL:  53300: too many\nDETAIL:  three: two\nLOCATION:  f, g.c:1",
                "x failed: too many\nDETAIL:  three: two",
                "53300"
            ),
            (
                "x failed: Connection refused\n\tIs the server running?",
                "x failed: Connection refused\n\tIs the server running?", nil
            ),
            (
                "a failed: FATAL:  57P03: starting\nb failed: FATAL:  28000: no entry",
                "a failed: starting\nb failed: no entry",
                "28000"
            ),
            ("", "no connection, and no reason given", nil),
        ] as [(String, String, String?)]
    )
    func reading(text: String, message: String, state: String?) {
        let complaint = ConnectionComplaint(text)
        #expect(complaint.message == message)
        #expect(complaint.sqlState?.rawValue == state)
    }
}
