// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.IntegrationTests.Support;

/// <summary>Values as they stand in a statement's text: as a server filled them into its log, or a driver into its query.</summary>
internal static class LoggedLiterals
{
    /// <summary>
    /// What one literal stands for: a number as it is written, a string's content (an introducer or DATE in front of it left
    /// out), bytes in hexadecimal as "0x" and upper-case digits, null for NULL.
    /// </summary>
    public static string? ValueOf(string literal)
    {
        int begin = literal.IndexOf('\'', StringComparison.Ordinal);
        if (begin < 0)
        {
            return literal == "NULL" ? null : literal.Trim();
        }

        string content = literal[(begin + 1)..literal.LastIndexOf('\'')];
        return literal[0] is 'x' or 'X' ? "0x" + content.ToUpperInvariant() : Unescape(content);
    }

    /// <summary>Equal, or the same number or time in another spelling (1.25 and 1.2500, a fraction of zero).</summary>
    public static bool Same(string? logged, string? ours)
    {
        if (logged == ours || logged is null || ours is null)
        {
            return logged == ours;
        }

        if (decimal.TryParse(logged, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal a)
            && decimal.TryParse(ours, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal b))
        {
            return a == b;
        }

        return logged.Contains(':', StringComparison.Ordinal) && WithoutZeroFraction(logged) == WithoutZeroFraction(ours);
    }

    /// <summary>The time without zeros at the end of its fraction.</summary>
    public static string WithoutZeroFraction(string time) =>
        time.Contains('.', StringComparison.Ordinal) ? time.TrimEnd('0').TrimEnd('.') : time;

    private static string Unescape(string content)
    {
        var text = new StringBuilder(content.Length);
        for (int i = 0; i < content.Length; i++)
        {
            char c = content[i];
            if (c == '\\' && i + 1 < content.Length)
            {
                c = content[++i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', '0' => '\0', 'b' => '\b', 'Z' => '\u001a', char other => other };
            }
            else if (c == '\'')
            {
                i++; // two quotes are one
            }

            text.Append(c);
        }

        return text.ToString();
    }
}
