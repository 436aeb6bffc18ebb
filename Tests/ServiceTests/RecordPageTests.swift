import HTTP
import Testing

@testable import Service

@Suite struct RecordPageTests {
    private func page(_ document: String, superseding: String? = nil) throws -> String {
        let page = RecordPage(
            document: try JSONReader.read(Array(document.utf8)),
            digest: "d1",
            superseding: try superseding.map { try JSONReader.read(Array($0.utf8)) }
        )
        return try #require(String(validating: page.html, as: UTF8.self))
    }

    @Test func whatPeopleTypedIsNeverMarkup() throws {
        let text = try page(
            ##"{"run":{"title":"<script>alert('x')</script> \"&\""},"steps":[{"id":"1","parent_id":null,"title":"<b>"}]}"##
        )
        #expect(text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;&quot;"))
        #expect(text.contains("<h3>1 &lt;b&gt;</h3>"))
    }

    @Test func stepsAreNumberedAsTheyNest() throws {
        let steps = #"[{"id":"a","parent_id":null,"title":"A"},{"id":"b","parent_id":null,"title":"B"}"#
        let nested = #"{"id":"c","parent_id":"a","title":"C"},{"id":"d","parent_id":"c","title":"D"}"#
        let text = try page(#"{"steps":\#(steps),\#(nested)]}"#)
        let titles = text.matches(of: #/<h3>([^<]*)<\/h3>/#).map { String($0.1) }
        #expect(titles == ["1 A", "1.1 C", "1.1.1 D", "2 B"])
    }

    @Test func aRunWithoutAProcedureSaysSo() throws {
        #expect(try page(#"{"procedure":null}"#).contains("<dd>None: its steps came by redlines</dd>"))
        let procedure = #"{"title":"Build","version_number":3}"#
        #expect(try page(#"{"procedure":\#(procedure)}"#).contains("<dd>Build, version 3</dd>"))
    }

    @Test func attributesReadAsPeopleSayThem() throws {
        let attributes = [
            #"{"label":"<Owner>","type":"user","value":"x","detail":{"name":"Ann"}}"#,
            #"{"label":"Tags","type":"multiselect","value":["a","b"],"detail":null}"#,
            #"{"label":"Urgent","type":"boolean","value":false,"detail":null}"#,
            #"{"label":"Part","type":"part","value":"x","detail":{"part_number":"P","revision":"B"}}"#,
        ]
        let text = try page(#"{"attributes":[\#(attributes.joined(separator: ","))]}"#)
        let rows = text.matches(of: #/<td>([^<]*)<\/td><td>([^<]*)<\/td>/#).map { "\($0.1): \($0.2)" }
        #expect(rows.prefix(4) == ["&lt;Owner&gt;: Ann", "Tags: a; b", "Urgent: no", "Part: P rev. B"])
        #expect(try !page("{}").contains("Attributes"))
    }

    @Test func attributesOfStepsAndUnitsStandBesideThem() throws {
        let own = #""attributes":[{"label":"<Drawing>","type":"datetime","value":"2026-02-28T13:45:00.000000Z"}]"#
        let text = try page(
            #"{"steps":[{"id":"a","parent_id":null,"title":"A",\#(own)}],"units":[{"serial_number":"S<1",\#(own)}]}"#
        )
        let value = "<td>&lt;Drawing&gt;</td><td>2026-02-28 13:45:00 UTC</td>"
        #expect(text.contains("<tr><td>S&lt;1</td>\(value)") && text.contains("<tr>\(value)"))
    }

    @Test func whatIsVoidSaysSo() throws {
        let signature =
            #"{"meaning":"Checked","printed_name":"Ann","voided_at":"2026-02-28T13:45:00.000000Z","void_reason":"again"}"#
        let text = try page(#"{"steps":[{"id":"a","parent_id":null,"title":"A","signatures":[\#(signature)]}]}"#)
        #expect(text.contains("Checked (void since 2026-02-28 13:45:00 UTC: again)"))
    }

    @Test func anInstallationShowsItsNumbersAndTheRecordItCites() throws {
        let cited = #"{"run_number":7,"record_number":2,"digest":"abc"}"#
        let part =
            #"{"part_number":"P","revision":"A","serial_number":"S1","lot_number":"L1","quantity":"1","as_built":\#(cited)}"#
        let text = try page(#"{"build_requirements":[{"part_number":"P","installations":[\#(part)]}]}"#)
        #expect(text.contains("<td>S1, L1</td>") && text.contains("Run 7, record 2: abc"))
    }

    @Test func aSupersededRecordSaysWhy() throws {
        #expect(try !page("{}").contains("Superseded"))
        let why =
            #"{"reason":"A bolt was loose.","reopened_at":"2026-02-28T13:45:00.000000Z","reopened_by_name":"Ann"}"#
        #expect(try page("{}", superseding: why).contains("reopened 2026-02-28 13:45:00 UTC by Ann. A bolt was loose."))
    }

    @Test func theDigestStandsOnIt() throws {
        #expect(try page("{}").contains(#"<p class="digest">d1</p>"#))
    }
}
