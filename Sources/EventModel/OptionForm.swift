/// The form of options on a command line, as far as the parser of arguments lets something else pass.
package enum OptionForm {
    /// What is wrong with the words of a command line; nil where nothing is.
    ///
    /// The parser takes a word with one dash for options of one letter each, of which there is one: whatever has an `h` in it
    /// would show the help, do nothing, and end well.
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
