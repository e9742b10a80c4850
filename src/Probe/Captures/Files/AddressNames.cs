// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Unicode;

namespace L7Trace.Probe.Captures.Files;

/// <summary>
/// Names of IP addresses that a capture carries (name resolution blocks of pcapng). Whoever took the capture looked them
/// up, or made them up. Bounded; names that no host can have are left out: empty ones, long ones, ones that are no UTF-8,
/// ones with control or format characters, which a terminal would obey.
/// </summary>
public sealed class AddressNames
{
    /// <summary>Longest name, bytes: as in DNS.</summary>
    public const int MaxName = 255;

    /// <summary>Names of one address at most.</summary>
    public const int MaxPerAddress = 16;

    private const int MaxBytes = 4 * 1024 * 1024; // of all, with what an entry costs
    private const int EntryCost = 128;

    private readonly Dictionary<IPAddress, List<string>> _names = [];
    private int _bytes;

    /// <summary>Names kept.</summary>
    public int Count { get; private set; }

    /// <summary>Names left out: no names of hosts, or no room.</summary>
    public long LeftOut { get; private set; }

    /// <summary>The names of an address, in the order in which they came; none when it has none.</summary>
    public IReadOnlyList<string> Of(IPAddress address) => _names.TryGetValue(address, out var names) ? names : [];

    /// <summary>Takes a name; the address has 4 or 16 bytes.</summary>
    internal void Add(IPAddress address, ReadOnlySpan<byte> name)
    {
        if (!IsName(name) || _bytes + name.Length + EntryCost > MaxBytes)
        {
            LeftOut++;
            return;
        }

        var text = Encoding.UTF8.GetString(name);
        if (!_names.TryGetValue(address, out var names))
        {
            _names.Add(address, names = new List<string>(1));
        }

        if (names.Contains(text))
        {
            return;
        }

        if (names.Count >= MaxPerAddress)
        {
            LeftOut++;
            return;
        }

        names.Add(text);
        Count++;
        _bytes += name.Length + EntryCost;
    }

    /// <summary>Counts one that can't be read.</summary>
    internal void LeaveOut() => LeftOut++;

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaxName || !Utf8.IsValid(name))
        {
            return false;
        }

        while (!name.IsEmpty)
        {
            Rune.DecodeFromUtf8(name, out var rune, out var used);
            name = name[used..];
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned)
            {
                return false;
            }
        }

        return true;
    }
}
