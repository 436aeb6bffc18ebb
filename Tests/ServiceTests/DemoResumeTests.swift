import Postgres
import Testing

@testable import Service

@Suite(.enabled(if: DemoDatabase.isAvailable)) struct DemoResumeTests {
    @Test func aBuildThatWasCutShortIsTakenUpWhereItStopped() throws {
        let database = try DemoDatabase()
        defer { try? database.drop() }
        let admin = try Connection(url: database.url(as: "postgres"))
        try admin.script(
            """
            create function public.stop() returns trigger language plpgsql as $$ begin raise 'stopped'; end $$;
            create trigger stop before insert on traveler.run for each row when (new.title = 'Skateboard SB-0002')
                execute function public.stop()
            """
        )
        #expect(throws: PostgresError.self) { try database.demo().build() }
        let wheels = "select count(*) from traveler.run where title like 'Wheel%'" as StaticString
        #expect(try database.rows(wheels) == [["5"]])
        try admin.script("drop trigger stop on traveler.run")
        try database.demo().build()
        #expect(try database.rows(wheels) == [["5"]])
        #expect(
            try database.rows("select status, count(*) from traveler.run group by 1 order by 1")
                == [["complete", "12"], ["in_progress", "8"], ["todo", "5"]]
        )
        #expect(try database.rows("select * from traveler.credential where revoked_at is null") == [])
    }
}
