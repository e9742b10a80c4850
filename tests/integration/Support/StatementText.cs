// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// The only liberties that a comparison with MariaDB's general log may take. Review changes here as changes of the
/// specification: each one hides a class of faults.
/// </summary>
internal static class StatementText
{
    // One value as the server writes it into the log of an EXECUTE, and as drivers write it into a text.
    private const string Value =
        @"(?<value>-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|(?i:DATE|TIMESTAMP|TIME|_binary|_utf8mb4|x)? ?'(?>(?:[^'\\]|\\.|'')*)'|timestamp\('[^']*'\)|NULL)";

    // What has a '?' that is no marker: quoted text and comments.
    // The texts of a run are few, and each is met often.
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    private static readonly Regex Marker = new(
        @"'(?:[^'\\]|\\.|'')*'|""(?:[^""\\]|\\.|"""")*""|`[^`]*`|/\*.*?\*/|(--[ \t]|\#)[^\n]*|(?<marker>\?)",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture);

    /// <summary>
    /// What the server does before it logs: it takes blanks off the front, and blanks and semicolons off the end.
    /// </summary>
    public static string Trim(string text) =>
        text.TrimStart(' ', '\t', '\n', '\r', '\v', '\f').TrimEnd(' ', '\t', '\n', '\r', '\v', '\f', ';');

    /// <summary>
    /// An EXECUTE is logged with its values filled in; on the wire it has a statement id, and the text as prepared
    /// has markers. So the text is made a pattern in which each marker matches one value.
    /// </summary>
    public static Regex FilledIn(string prepared) => Patterns.GetOrAdd(prepared, Pattern);

    /// <summary>The values in a text, in the order of the markers of what was prepared; null when the text is another.</summary>
    public static IReadOnlyList<string?>? Values(string prepared, string text) =>
        FilledIn(prepared).Match(Trim(text)) is { Success: true } match
            ? [.. match.Groups["value"].Captures.Select(x => LoggedLiterals.ValueOf(x.Value))]
            : null;

    /// <summary>
    /// The values that a server filled into its log: bytes, since it may have written any. As text where they are UTF-8, else
    /// as "0x" and upper-case digits.
    /// </summary>
    public static IReadOnlyList<string?>? Values(string prepared, byte[] logged) =>
        Values(OneCharacterForEachByte(Encoding.UTF8.GetBytes(prepared)), OneCharacterForEachByte(logged)) is { } values
            ? [.. values.Select(x => x is null ? null : ShownBytes.Of(Encoding.Latin1.GetBytes(x)))]
            : null;

    private static string OneCharacterForEachByte(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static Regex Pattern(string prepared)
    {
        string text = Trim(prepared);
        var pattern = new StringBuilder(@"\A");
        int begin = 0;
        foreach (Match match in Marker.Matches(text).Where(x => x.Groups["marker"].Success))
        {
            pattern.Append(Regex.Escape(text[begin..match.Index])).Append(Value);
            begin = match.Index + 1;
        }

        return new Regex(pattern.Append(Regex.Escape(text[begin..])).Append(@"\z").ToString(), RegexOptions.Singleline);
    }
}
