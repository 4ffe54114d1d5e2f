/// The form of options on a command line, as far as the parser of arguments lets something else pass.
package enum OptionForm {
    /// What is wrong where Swift could not read the command line, which it does from /proc on Linux: without its words a command
    /// would show the help, do nothing, and end well, and a server serve another store than the one that is meant. Nil where
    /// nothing is.
    package static var unreadable: String? {
        guard CommandLine.argc == 0 else { return nil }
        return "the command line cannot be read; is /proc mounted, and is there room for another open file?"
    }

    /// What is wrong with the words of a command line; nil where nothing is.
    ///
    /// The parser reads a word with a single dash as a group of one-letter options, and `-h` is the only one: `-threads` would
    /// show the help, do nothing and exit with 0.
    package static func fault(in words: some Sequence<String>) -> String? {
        for word in words {
            if word == "--" { return nil }
            guard word.hasPrefix("-"), !word.hasPrefix("--"), word.utf8.count > 2 else { continue }
            return "there is no option \"\(word)\"; options have two dashes, and what begins with one and is none "
                + "goes behind \"--\", or as --option=value"
        }
        return nil
    }
}
