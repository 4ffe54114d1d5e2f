/// The version of this software.
public enum ReleaseVersion {
    /// The version as `--version` prints it: https://semver.org.
    public static let text = "1.0.0"
}
