/// The version of this software.
public enum ReleaseVersion {
    /// As `--version` tells it: https://semver.org.
    public static let text = "1.0.0"
}
