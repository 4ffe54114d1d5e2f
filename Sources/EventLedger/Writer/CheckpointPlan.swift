import EventModel

/// Decides when the write-ahead log is next copied into the database, by how many pages it has.
struct CheckpointPlan {
    /// The number of pages from which it is copied.
    private let pages: Int32
    /// The number of pages from which that is next tried.
    private(set) var nextPages: Int32
    /// The number of pages from which this process's readers have to wait for it, if they block it.
    private var nextPausePages: Int32
    /// Whether the database still holds what was erased, until all of the log is copied over it.
    private var hasToOverwrite = false

    init(pages: Int32 = Limits.checkpointPages) {
        self.pages = pages
        nextPages = pages
        nextPausePages = Limits.checkpointsBeforePause * pages
    }

    /// Makes each check try it, however short the log is, until all of it could be copied.
    mutating func overwriteErased() { hasToOverwrite = true }

    /// Whether to try it, with a log of so many pages.
    mutating func isDue(logPages: Int32) -> Bool {
        // After a complete checkpoint the log starts again at its beginning.
        if logPages < pages { nextPages = pages }
        return hasToOverwrite || logPages >= nextPages
    }

    /// Whether this process's readers are to wait, because they may have blocked it. That is in vain if one of them
    /// takes long, or if another process is reading, so they do not wait each time.
    mutating func pausesReaders(logPages: Int32) -> Bool {
        guard logPages >= nextPausePages else { return false }
        nextPausePages = 2 * min(logPages, .max / 2)
        return true
    }

    /// Notes the result of an attempt. One that was blocked is repeated after `pages` more pages.
    mutating func note(isComplete: Bool, logPages: Int32) {
        if isComplete {
            self = CheckpointPlan(pages: pages)
        } else {
            nextPages = logPages + pages
        }
    }
}
