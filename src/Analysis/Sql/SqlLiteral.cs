// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// A bound value as SQL writes it. Numbers stand bare, everything else in single quotes; NULL and DEFAULT are words. What
/// a backslash means in a string depends on the session's sql_mode, so a text with one is written by what the server said
/// of it, and as hexadecimal where it said nothing: that reads the same in every mode. So is what is no text.
/// </summary>
public static class SqlLiteral
{
    /// <summary>The literal; "?" for a value that is not known.</summary>
    /// <param name="value">The value.</param>
    /// <param name="noBackslashEscapes">SERVER_STATUS_NO_BACKSLASH_ESCAPES of the answer; null when it is not known.</param>
    public static string Of(MySqlParameter value, bool? noBackslashEscapes)
    {
        if (value.State != MySqlParameterState.Value)
        {
            return value.State == MySqlParameterState.Ignore ? "DEFAULT /* unchanged */" : value.ToString();
        }

        if (value.Text is not { } text)
        {
            return Hexadecimal(value.Bytes.Span, "") + Cut(value);
        }

        var isNumber = value.IsNumber ||
            (value.Type is MySqlFieldType.NewDecimal or MySqlFieldType.Decimal && !value.IsCut && IsDecimal(text));
        return isNumber ? text : Quoted(text, noBackslashEscapes) + Cut(value);
    }

    private static string Cut(MySqlParameter value) => value.IsCut
        ? string.Create(CultureInfo.InvariantCulture, $" /* the beginning of {value.Length} bytes */")
        : "";

    private static string Quoted(string text, bool? noBackslashEscapes)
    {
        var needsEscape = text.AsSpan().IndexOfAny("\\\0\x1a\r\n") >= 0;
        var hasBackslash = text.Contains('\\', StringComparison.Ordinal);
        if ((hasBackslash && noBackslashEscapes is null) || (needsEscape && noBackslashEscapes == true && HasControl(text)))
        {
            return Hexadecimal(Encoding.UTF8.GetBytes(text), "_utf8mb4 ");
        }

        var result = new StringBuilder(text.Length + 2).Append('\'');
        foreach (var c in text)
        {
            switch (c)
            {
                case '\'':
                    result.Append("''");
                    break;
                case '\\' when noBackslashEscapes == false:
                    result.Append("\\\\");
                    break;
                case '\n' when noBackslashEscapes == false:
                    result.Append("\\n");
                    break;
                case '\r' when noBackslashEscapes == false:
                    result.Append("\\r");
                    break;
                case '\0' when noBackslashEscapes == false:
                    result.Append("\\0");
                    break;
                case '\x1a' when noBackslashEscapes == false:
                    result.Append("\\Z");
                    break;
                default:
                    result.Append(c);
                    break;
            }
        }

        return result.Append('\'').ToString();
    }

    private static bool HasControl(string text) => text.AsSpan().IndexOfAny("\0\x1a") >= 0;

    private static string Hexadecimal(ReadOnlySpan<byte> bytes, string introducer) =>
        $"{introducer}x'{Convert.ToHexString(bytes)}'";

    private static bool IsDecimal(string text)
    {
        var digits = 0;
        var points = 0;
        for (var i = text.StartsWith('-') ? 1 : 0; i < text.Length; i++)
        {
            digits += char.IsAsciiDigit(text[i]) ? 1 : 0;
            points += text[i] == '.' ? 1 : 0;
            if (!char.IsAsciiDigit(text[i]) && text[i] != '.')
            {
                return false;
            }
        }

        return digits > 0 && points <= 1;
    }
}
