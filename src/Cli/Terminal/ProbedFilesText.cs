// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Export;
using L7Trace.Probe.Tls;

namespace L7Trace.Cli.Terminal;

/// <summary>What was probed of TLS and how often it was called, for <c>-v</c>.</summary>
internal static class ProbedFilesText
{
    /// <summary>A line for each file that was called, or of which something could not be probed; in the order of calls.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<TlsProbedFile> files) =>
        files.Where(static file => file.Hits + file.ForeignHits > 0 || file.Failed.Count > 0)
            .OrderByDescending(static file => file.Hits).ThenByDescending(static file => file.ForeignHits)
            .Select(static file => string.Create(
                CultureInfo.InvariantCulture,
                $"probed {TerminalText.Sanitize(file.Path)} ({string.Join(", ", file.Libraries)}): {Count(file.Functions, "function")}, {Count(file.Hits, "call")}") +
                (file.ForeignHits > 0 ? $", and {Count(file.ForeignHits, "call")} of processes out of scope" : "") +
                (file.Failed.Count > 0 ? "; not probed: " + string.Join(", ", file.Failed) : ""));

    private static string Count<T>(T count, string what)
        where T : IFormattable =>
        $"{count.ToString("#,0", CultureInfo.InvariantCulture)} {what}{(count.ToString(null, CultureInfo.InvariantCulture) == "1" ? "" : "s")}";
}
