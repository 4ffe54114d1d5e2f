extension Substring {
    /// An element of a setting that is a list, without the blanks around it.
    var trimmingBlanks: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
