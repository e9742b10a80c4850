// SPDX-License-Identifier: Apache-2.0
using System.Collections;
using System.Text;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Headers of one message, kept as sent and made into text when someone asks: most outputs show none of them. May be
/// asked on any thread.
/// </summary>
internal sealed class Http1HeaderList : IReadOnlyList<KeyValuePair<string, string>>
{
    private const int MostReserved = 64;

    private readonly byte[] _lines;
    private List<KeyValuePair<string, string>>? _headers;

    private Http1HeaderList(byte[] lines) => _lines = lines;

    /// <inheritdoc/>
    public int Count => Headers.Count;

    private List<KeyValuePair<string, string>> Headers => _headers ??= Make(_lines);

    /// <inheritdoc/>
    public KeyValuePair<string, string> this[int index] => Headers[index];

    /// <summary>Keeps a copy of the lines (each ended by one LF) without the start line.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(ReadOnlySpan<byte> lines)
    {
        lines = BehindStartLine(lines);
        return lines.IsEmpty ? [] : new Http1HeaderList(lines.ToArray());
    }

    /// <summary>The value of the first header of that name (in small letters) among the lines; false without one.</summary>
    public static bool TryFind(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        lines = BehindStartLine(lines);
        return TryFindNext(ref lines, name, out value);
    }

    /// <summary>The same of lines without start line, which then begin behind that header.</summary>
    public static bool TryFindNext(scoped ref ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (TryNext(ref lines, out var key, out value))
        {
            if (key.Length == name.Length && Ascii.EqualsIgnoreCase(key, name))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The lines without the first one.</summary>
    public static ReadOnlySpan<byte> BehindStartLine(ReadOnlySpan<byte> lines) => lines[(lines.IndexOf((byte)'\n') + 1)..];

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => Headers.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static List<KeyValuePair<string, string>> Make(ReadOnlySpan<byte> lines)
    {
        var list = new List<KeyValuePair<string, string>>(Math.Min(MostReserved, lines.Count((byte)'\n')));
        while (TryNext(ref lines, out var name, out var value))
        {
            list.Add(new KeyValuePair<string, string>(HttpNames.Header(name), HttpNames.Text(value)));
        }

        return list;
    }

    private static bool TryNext(scoped ref ReadOnlySpan<byte> lines, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (lines.IndexOf((byte)'\n') is var end and >= 0)
        {
            var line = lines[..end];
            lines = lines[(end + 1)..];
            var colon = line.IndexOf((byte)':');
            if (colon > 0)
            {
                name = Blanks.TrimEnd(line[..colon]);
                value = Blanks.Trim(line[(colon + 1)..]);
                return true;
            }
        }

        name = value = default;
        return false;
    }
}
