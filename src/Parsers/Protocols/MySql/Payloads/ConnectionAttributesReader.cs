// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// The attributes that a client tells of itself behind its login (CLIENT_CONNECT_ATTRS): a length, then names and values.
/// MySQL manual, "Performance Schema Connection Attribute Tables".
/// </summary>
internal static class ConnectionAttributesReader
{
    private const int MaxAttributes = 32;
    private const int MaxName = 64;
    private const int MaxValue = 256;

    /// <summary>Reads them; longer values are cut, what is too much or cut off is left out.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(ref PayloadReader reader)
    {
        if (!reader.TryReadLengthEncoded(out var length) || length == 0)
        {
            return [];
        }

        var isWhole = length <= (ulong)reader.Rest.Length;
        var attributes = new PayloadReader(isWhole ? reader.Rest[..(int)length] : reader.Rest);
        var found = new List<KeyValuePair<string, string>>();
        while (found.Count < MaxAttributes &&
               attributes.TryReadLengthEncodedBytes(out var name) && attributes.TryReadLengthEncodedBytes(out var value))
        {
            if (name.Length is > 0 and <= MaxName)
            {
                var kept = value.Length > MaxValue ? Utf8Cut.TrimPartialCharacter(value[..MaxValue]) : value;
                found.Add(new(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(kept)));
            }
        }

        _ = isWhole ? reader.TrySkip((int)length) : reader.TrySkip(reader.Rest.Length);
        return found;
    }
}
