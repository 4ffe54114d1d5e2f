import EventModel
import Testing

@testable import IngestAPI

@Suite("Figures for Prometheus")
struct PrometheusTextTests {
    @Test("metrics are described, and samples have their labels, escaped")
    func samples() {
        var text = PrometheusText()
        text.metric("a_total", .counter, "How many.")
        text.sample("a_total", ["x": "a\\b\"c\nd", "y": "é"], 3)
        text.single("b", .gauge, 1.5, "What.")
        #expect(
            text.text == #"""
                # HELP a_total How many.
                # TYPE a_total counter
                a_total{x="a\\b\"c\nd",y="é"} 3
                # HELP b What.
                # TYPE b gauge
                b 1.5

                """#
        )
    }

    @Test("a histogram's buckets add up")
    func histogram() {
        var histogram = Histogram(bounds: [0.5, 1])
        for value in [0.25, 0.75, 0.75, 8] { histogram.record(value) }
        var text = PrometheusText()
        text.histogram("t_seconds", ["route": "/x"], histogram)
        text.histogram("u", [:], Histogram(bounds: [1]))
        #expect(
            text.text == #"""
                t_seconds_bucket{route="/x",le="0.5"} 1
                t_seconds_bucket{route="/x",le="1.0"} 3
                t_seconds_bucket{route="/x",le="+Inf"} 4
                t_seconds_sum{route="/x"} 9.75
                t_seconds_count{route="/x"} 4
                u_bucket{le="1.0"} 0
                u_bucket{le="+Inf"} 0
                u_sum 0.0
                u_count 0

                """#
        )
    }
}
