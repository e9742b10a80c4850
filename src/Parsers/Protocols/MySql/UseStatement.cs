// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Finds the schema that a text "USE name" selects.</summary>
internal static class UseStatement
{
    private const int MaxNameLength = 64;

    /// <summary>
    /// The schema, or null when the text is not just a USE statement. <paramref name="isSchemaUnsure"/> is true when
    /// a USE may stand in it that was not understood (several statements in one text, a comment): what the default
    /// schema is afterwards is not known then.
    /// </summary>
    public static string? Find(string? text, out bool isSchemaUnsure)
    {
        isSchemaUnsure = false;
        if (text is null)
        {
            return null;
        }

        var rest = text.AsSpan().Trim();
        if (!rest.StartsWith("use", StringComparison.OrdinalIgnoreCase) || rest.Length < 4 ||
            !(char.IsWhiteSpace(rest[3]) || rest[3] is '`' or '/'))
        {
            // The rarer and cheaper question first: this is asked of every statement.
            isSchemaUnsure = (text.Contains(';', StringComparison.Ordinal) || rest.StartsWith("/*", StringComparison.Ordinal)) &&
                             text.Contains("use ", StringComparison.OrdinalIgnoreCase);
            return null;
        }

        rest = rest[3..].TrimStart().TrimEnd(';').TrimEnd();
        var schema = rest.Length > 2 && rest[0] == '`' && rest[^1] == '`' ? Unquote(rest[1..^1]) : Plain(rest);
        isSchemaUnsure = schema is null;
        return schema;
    }

    private static string? Unquote(ReadOnlySpan<char> name)
    {
        var text = name.ToString();
        var unescaped = text.Replace("``", "`", StringComparison.Ordinal);
        var quotes = text.Length - text.Replace("`", "", StringComparison.Ordinal).Length;
        return unescaped.Length <= MaxNameLength && quotes == 2 * (text.Length - unescaped.Length) ? unescaped : null;
    }

    private static string? Plain(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!(char.IsLetterOrDigit(c) || c is '_' or '$' or '-'))
            {
                return null;
            }
        }

        return name.Length is > 0 and <= MaxNameLength ? name.ToString() : null;
    }
}
