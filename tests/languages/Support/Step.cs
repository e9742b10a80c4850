// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.LanguageTests.Support;

/// <summary>One step of a conversation (programs/README.md has the words).</summary>
/// <param name="Kind">`text`, `prepared` or `cursor`.</param>
/// <param name="Sql">Text of the statement, with `?` where a parameter stands.</param>
/// <param name="Parameters">Values with their kind, as in `i:-5`; empty for `text`.</param>
/// <param name="IsSeveral">The text has several statements.</param>
internal sealed record Step(string Kind, string Sql, IReadOnlyList<string> Parameters, bool IsSeveral = false)
{
    public static Step Text(string sql) => new("text", sql, []);

    public static Step Several(params string[] statements) => new("text", string.Join("; ", statements), [], IsSeveral: true);

    public static Step Prepared(string sql, params string[] parameters) => new("prepared", sql, parameters);

    public static Step Cursor(string sql, params string[] parameters) => new("cursor", sql, parameters);

    /// <summary>It calls a procedure.</summary>
    public bool IsCall => Sql.StartsWith("CALL", StringComparison.Ordinal);

    /// <summary>It has a value longer than what is captured of a call.</summary>
    public bool IsLong => Parameters.Any(static x => x.Length > 32 * 1024);

    /// <summary>The line in the file of the conversation.</summary>
    public string Line => string.Join('\t', new[] { Kind, Escape(Sql) }.Concat(Parameters.Select(Escape)));

    private static string Escape(string text) =>
        new StringBuilder(text).Replace("\\", "\\\\").Replace("\t", "\\t").Replace("\n", "\\n").Replace("\0", "\\0").ToString();
}
