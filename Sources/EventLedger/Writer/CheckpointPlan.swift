import EventModel

/// When the write-ahead log is copied into the database the next time, by how many pages it has.
struct CheckpointPlan {
    /// From how many pages on it is copied.
    private let pages: Int32
    /// From how many pages on that is tried the next time.
    private(set) var nextPages: Int32
    /// From how many pages on this process's readers have to wait for it, where they hold it up.
    private var nextPausePages: Int32
    /// Whether the database still holds what was erased, until all of the log is copied over it.
    private var hasToOverwrite = false

    init(pages: Int32 = Limits.checkpointPages) {
        self.pages = pages
        nextPages = pages
        nextPausePages = Limits.checkpointsBeforePause * pages
    }

    /// Has it tried at each look, however short the log is, until all of it could be copied.
    mutating func overwriteErased() { hasToOverwrite = true }

    /// Whether it is to be tried with a log of so many pages.
    mutating func isDue(logPages: Int32) -> Bool {
        // After a complete checkpoint the log starts again at its beginning.
        if logPages < pages { nextPages = pages }
        return hasToOverwrite || logPages >= nextPages
    }

    /// Whether this process's readers are to wait, after they may have held it up. In vain where one of them takes long, or
    /// where it is another process that reads: nobody is to wait for that each time.
    mutating func pausesReaders(logPages: Int32) -> Bool {
        guard logPages >= nextPausePages else { return false }
        nextPausePages = 2 * min(logPages, .max / 2)
        return true
    }

    /// Takes what a try came to. One that was held up is made again after as many pages more.
    mutating func note(isComplete: Bool, logPages: Int32) {
        if isComplete {
            self = CheckpointPlan(pages: pages)
        } else {
            nextPages = logPages + pages
        }
    }
}
