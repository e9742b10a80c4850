// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>Reads the session state information at the end of an OK packet: kind, length, data, again and again.</summary>
internal static class SessionChangesReader
{
    private const int MaxVariables = 64;
    private const int MaxText = 1024;

    /// <summary>
    /// Adds what the bytes say to <paramref name="changes"/>, which is made when there is something to say. What comes
    /// behind a malformed piece is not read.
    /// </summary>
    public static void Read(ReadOnlySpan<byte> bytes, ref MySqlSessionChanges? changes)
    {
        var reader = new PayloadReader(bytes);
        while (reader.TryReadByte(out var kind) && reader.TryReadLengthEncodedBytes(out var data))
        {
            ReadOne(kind, new PayloadReader(data), ref changes);
        }
    }

    private static void ReadOne(byte kind, PayloadReader data, ref MySqlSessionChanges? changes)
    {
        switch (kind)
        {
            case 0:
                ReadVariables(data, changes ??= new MySqlSessionChanges());
                break;
            case 1 when TryReadText(ref data, out var schema):
                (changes ??= new MySqlSessionChanges()).Schema = schema;
                break;
            case 2 when TryReadText(ref data, out var changed):
                (changes ??= new MySqlSessionChanges()).StateChange = changed;
                break;
            case 3 when data.TrySkip(1) && TryReadText(ref data, out var gtids): // the byte: how they are encoded, 0
                (changes ??= new MySqlSessionChanges()).Gtids = gtids;
                break;
            case 4 when TryReadText(ref data, out var characteristics):
                (changes ??= new MySqlSessionChanges()).TransactionCharacteristics = characteristics;
                break;
            case 5 when TryReadText(ref data, out var state):
                (changes ??= new MySqlSessionChanges()).TransactionState = state;
                break;
        }
    }

    // MySQL has one name and value here, MariaDB one or more.
    private static void ReadVariables(PayloadReader data, MySqlSessionChanges changes)
    {
        var list = changes.SystemVariables as List<KeyValuePair<string, string>> ?? [];
        while (!data.IsEmpty && list.Count < MaxVariables && TryReadText(ref data, out var name) && TryReadText(ref data, out var value))
        {
            list.Add(new KeyValuePair<string, string>(name, value));
        }

        changes.SystemVariables = list.Count > 0 ? list : null;
    }

    private static bool TryReadText(ref PayloadReader reader, out string text)
    {
        text = "";
        if (!reader.TryReadLengthEncodedBytes(out var bytes))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes.Length > MaxText ? Utf8Cut.TrimPartialCharacter(bytes[..MaxText]) : bytes);
        return true;
    }
}
