/// The settings of a run.
struct RunSettings {
    /// How many keys each store and each peer takes in.
    var keys: Int
    /// What the events look like.
    var workload: WorkloadOptions
    /// How many connections the HTTP load has.
    var connections: Int
    /// How long each HTTP load lasts, in seconds.
    var durationSeconds: Double
    /// How many times everything is measured.
    var repeats: Int
    /// Whether the run only has to show that everything works.
    var isQuick: Bool
}
