import Configuration

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The places that settings come from: flags, environment, file. The first one that has a setting wins.
struct SettingsSources: Sendable {
    private struct Source: Sendable {
        var provider: any ConfigProvider
        /// The name of an option of this source in messages.
        var name: @Sendable (ServerOption) -> String
    }

    private var sources: [Source] = []

    /// Collects the sources.
    ///
    /// - Parameters:
    ///   - flags: What was given on the command line.
    ///   - environment: The process's environment; only the variables of our options are read.
    ///   - file: The path of a JSON file, if one is to be read.
    /// - Throws: ``ServerSettings/Invalid`` if the file cannot be read or is no JSON object.
    init(
        flags: [ServerOption: ConfigValue],
        environment: [String: String],
        file: String?
    ) async throws(ServerSettings.Invalid) {
        let flagValues = flags.map { (AbsoluteConfigKey([$0.key.rawValue]), $0.value) }
        sources.append(
            Source(provider: InMemoryProvider(values: Dictionary(uniqueKeysWithValues: flagValues)), name: \.flag)
        )
        // The variables have names of their own, so the provider gets them under the names that it looks for.
        var variables: [String: String] = [:]
        for option in ServerOption.allCases {
            guard let value = environment[option.environmentVariable] else { continue }
            variables[SettingsSources.providerName(option)] = value
        }
        sources.append(
            Source(
                provider: EnvironmentVariablesProvider(environmentVariables: variables),
                name: { "the environment variable \($0.environmentVariable)" }
            )
        )
        guard let file else { return }
        sources.append(
            Source(provider: try await SettingsSources.provider(ofFile: file), name: { "\"\($0.fileKey)\" in \(file)" })
        )
    }

    /// The whole number that an option is set to, with the name of its source; nil if no source sets it.
    func integer(_ option: ServerOption) throws(ServerSettings.Invalid) -> (value: Int, source: String)? {
        try find(option, .int, "must be a whole number") { if case .int(let value) = $0 { value } else { nil } }
    }

    /// The text that an option is set to, with the name of its source; nil if no source sets it.
    func text(_ option: ServerOption) throws(ServerSettings.Invalid) -> (value: String, source: String)? {
        try find(option, .string, "must be a text") { if case .string(let value) = $0 { value } else { nil } }
    }

    private func find<Value>(
        _ option: ServerOption,
        _ type: ConfigType,
        _ rule: String,
        _ content: (ConfigContent) -> Value?
    ) throws(ServerSettings.Invalid) -> (value: Value, source: String)? {
        for source in sources {
            let name = source.name(option)
            let found: ConfigValue?
            do {
                // The file's keys have an underscore where the other sources have two words of one name.
                let keys = [option.rawValue, option.fileKey].map { AbsoluteConfigKey([$0]) }
                found = try keys.lazy.compactMap { try source.provider.value(forKey: $0, type: type).value }.first
            } catch {
                throw ServerSettings.Invalid(source: name, message: rule)
            }
            guard let found else { continue }
            guard let value = content(found.content) else { throw ServerSettings.Invalid(source: name, message: rule) }
            return (value, name)
        }
        return nil
    }

    private static func providerName(_ option: ServerOption) -> String { option.fileKey.uppercased() }

    private static func provider(
        ofFile path: String
    ) async throws(ServerSettings.Invalid) -> FileProvider<JSONSnapshot> {
        do {
            // First, because the library's own errors do not name the option.
            try SettingsFile.check(path)
            let location = InMemoryProvider(values: ["filePath": ConfigValue(.string(path), isSecret: false)])
            return try await FileProvider<JSONSnapshot>(config: ConfigReader(provider: location))
        } catch let error as ServerSettings.Invalid {
            throw error
        } catch {
            let reason = access(path, R_OK) == 0 ? "holds no JSON object" : String(cString: strerror(errno))
            throw ServerSettings.Invalid(
                source: "--config",
                message: "must name a file that can be read and holds one JSON object; \(path): \(reason)"
            )
        }
    }
}
