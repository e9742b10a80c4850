// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.IntegrationTests.Support;

/// <summary>The values that the server filled into the log of an EXECUTE of "SELECT ?, ?, ...".</summary>
internal static class LoggedLiterals
{
    /// <summary>The list's items in order: the text of a string (with what stands in front of it left out), a word or number as it is, null for NULL.</summary>
    public static IEnumerable<string?> Of(string statement)
    {
        int at = "SELECT ".Length;
        while (at < statement.Length)
        {
            var item = new StringBuilder();
            bool quoted = false;
            while (at < statement.Length && (quoted || statement[at] != ','))
            {
                char c = statement[at];
                if (c == '\'' && quoted && at + 1 < statement.Length && statement[at + 1] == '\'')
                {
                    item.Append('\'');
                    at++;
                }
                else if (c == '\'')
                {
                    quoted = !quoted;
                    if (quoted)
                    {
                        item.Clear().Append('\u0001'); // a string: an introducer or DATE in front of it is no part of it
                    }
                }
                else if (c == '\\' && quoted)
                {
                    item.Append(statement[++at] switch { 'n' => '\n', 'r' => '\r', '0' => '\0', 'Z' => '\u001a', char other => other });
                }
                else
                {
                    item.Append(c);
                }

                at++;
            }

            at += 2;
            string text = item.ToString();
            yield return text == "NULL" ? null : text.StartsWith('\u0001') ? text[1..] : text.Trim();
        }
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

    private static string WithoutZeroFraction(string time) =>
        time.Contains('.', StringComparison.Ordinal) ? time.TrimEnd('0').TrimEnd('.') : time;
}
