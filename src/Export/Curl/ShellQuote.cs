// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.Export.Curl;

/// <summary>
/// Words for a shell. Printable ASCII stands in single quotes (POSIX, "Shell Command Language" 2.2.2); anything else makes
/// it a $'...' word with octal escapes (POSIX 2024, 2.2.4; bash, zsh, ksh), so no byte can act on shell or terminal.
/// </summary>
internal static class ShellQuote
{
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e) < 0)
        {
            var plain = Encoding.ASCII.GetString(bytes);
            return "'" + plain.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
        }

        var result = new StringBuilder("$'");
        foreach (var b in bytes)
        {
            if (b is >= 0x20 and <= 0x7e and not ((byte)'\'' or (byte)'\\'))
            {
                result.Append((char)b);
            }
            else
            {
                result.Append('\\').Append(Convert.ToString(b, 8).PadLeft(3, '0'));
            }
        }

        return result.Append('\'').ToString();
    }
}
