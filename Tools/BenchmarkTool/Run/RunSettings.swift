/// What a run measures with.
struct RunSettings {
    /// How many keys each store and each peer takes in.
    var keys: Int
    /// What the events look like.
    var workload: WorkloadOptions
    /// How many connections the HTTP load has.
    var connections: Int
    /// How long each HTTP load lasts, in seconds.
    var durationSeconds: Double
    /// How often everything is measured.
    var repeats: Int
    /// Whether it is only to be seen that everything works.
    var isQuick: Bool
}
