/// Checks of a command line that the argument parser does not make.
package enum OptionForm {
    /// What is wrong if Swift could not read the command line, which it reads from /proc on Linux; nil if nothing is.
    /// Without its words a command would show the help, do nothing and exit with 0, and a server would serve another
    /// store than the one that is meant.
    package static var unreadable: String? {
        guard CommandLine.argc == 0 else { return nil }
        return "the command line cannot be read; is /proc mounted, and is there room for another open file?"
    }

    /// What is wrong with the words of a command line; nil if nothing is.
    ///
    /// The parser reads a word with a single dash as a group of one-letter options. The only such option is `-h`, so
    /// any such word with an `h` in it, like `-threads`, would show the help, do nothing and exit with 0.
    package static func fault(in words: some Sequence<String>) -> String? {
        for word in words {
            if word == "--" { return nil }
            guard word.hasPrefix("-"), !word.hasPrefix("--"), word.utf8.count > 2 else { continue }
            return "there is no option \"\(word)\"; options start with two dashes; put a value that starts with a "
                + "dash after \"--\", or write --option=value"
        }
        return nil
    }
}
