// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using L7Trace.Cli.Commands;
using L7Trace.Export;
using L7Trace.Probe.Doctor;

namespace L7Trace.Cli.Terminal;

/// <summary>
/// The text of <c>doctor --bundle</c>, to be attached to a bug report. Nothing private is put in: the checks speak of kernel, rights
/// and libraries. What they quote from elsewhere is looked through all the same.
/// </summary>
internal static partial class DoctorBundle
{
    /// <summary>What is in it, in a sentence.</summary>
    public const string Contents =
        "versions, kernel options, the checks and what libbpf said; no command lines, host names, addresses, user names or environment";

    private const string Path = "[path]";

    /// <summary>Folders and files that are the same on every machine.</summary>
    private static readonly string[] s_public =
    [
        "/sys/", "/proc/", "/usr/lib/", "/usr/share/", "/lib/", "/lib64/", "/dev/", "/boot/", "/etc/os-release", "/run/docker.sock",
        "/var/run/docker.sock", "/run/podman/podman.sock", "/.dockerenv", "/run/.containerenv",
    ];

    /// <summary>Makes it.</summary>
    /// <param name="checks">The findings.</param>
    /// <param name="canRun">The verdict.</param>
    /// <param name="facts">What else is known.</param>
    public static string ToText(IReadOnlyList<DoctorCheck> checks, bool canRun, BundleFacts facts)
    {
        var text = new StringBuilder();
        text.Append("l7trace doctor, for a bug report (format 1)\n");
        text.Append("in it: ").Append(Contents).Append("\n\n");
        Line("l7trace", VersionAction.Text);
        Line("system", facts.Distribution.Length > 0 ? facts.Distribution : "unknown");
        Line("processors", facts.Processors.ToString(CultureInfo.InvariantCulture));
        Line("memory", facts.MemoryMiB > 0 ? string.Create(CultureInfo.InvariantCulture, $"{facts.MemoryMiB} MiB") : "unknown");
        Line("kernel options", facts.KernelOptions.Count > 0 ? string.Join(' ', facts.KernelOptions) : "unknown");
        Line("can run", canRun ? "yes" : "no");
        text.Append("\nchecks\n");
        foreach (var check in checks)
        {
            text.Append(CultureInfo.InvariantCulture, $"{check.Result.ToString().ToUpperInvariant()} {check.Id} ({check.Severity.ToString().ToLowerInvariant()}): ")
                .Append(TerminalText.Sanitize(check.Evidence)).Append('\n');
        }

        foreach (var check in checks.Where(static check => check.Log.Length > 0))
        {
            text.Append("\nlog of ").Append(check.Id).Append('\n');
            foreach (var line in check.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                text.Append("  ").Append(TerminalText.Sanitize(line)).Append('\n');
            }
        }

        return Withhold(text.ToString(), facts.PrivateWords);

        void Line(string name, string value) => text.Append(name).Append(": ").Append(TerminalText.Sanitize(value)).Append('\n');
    }

    /// <summary>The text without these words, without paths that are not the same everywhere, and without ids of containers.</summary>
    internal static string Withhold(string text, IReadOnlyList<string> words)
    {
        // Paths first: a word that is withheld in the middle of one would cut it in two.
        text = AbsolutePath().Replace(text, static match =>
            s_public.Any(known => (match.Value + "/").StartsWith(known, StringComparison.Ordinal)) && !match.Value.Contains("/../", StringComparison.Ordinal)
                ? match.Value : Path);
        foreach (var word in words)
        {
            text = Regex.Replace(text, $@"(?<![\w-]){Regex.Escape(word)}(?![\w-])", "[name]", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        }

        return ContainerId().Replace(text, "[id]");
    }

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex ContainerId();

    // Not behind a letter or digit: "read/write" is no path. A blank ends it, and the checks escape those in the paths that they quote.
    [GeneratedRegex(@"(?<![\w.\])/])/[^\s,;:()\[\]""']+")]
    private static partial Regex AbsolutePath();
}
