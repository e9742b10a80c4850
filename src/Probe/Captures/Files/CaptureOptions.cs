// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace L7Trace.Probe.Captures.Files;

/// <summary>Reads the option lists of pcapng blocks (draft-ietf-opsawg-pcapng, section 3.5).</summary>
internal static class CaptureOptions
{
    private const ushort EndOfOptions = 0;

    /// <summary>
    /// Takes the first option off <paramref name="rest"/>; false at the end of the list, and where an option claims
    /// more bytes than the block has.
    /// </summary>
    public static bool TryTake(
        ref ReadOnlySpan<byte> rest, bool isBigEndian, out ushort code, out ReadOnlySpan<byte> value)
    {
        code = EndOfOptions;
        value = default;
        if (rest.Length < 4)
        {
            return false;
        }

        code = UInt16(rest, isBigEndian);
        int length = UInt16(rest[2..], isBigEndian);
        if (code == EndOfOptions || length > rest.Length - 4)
        {
            rest = default;
            return false;
        }

        value = rest.Slice(4, length);
        rest = rest[Math.Min(rest.Length, 4 + ((length + 3) & ~3))..];
        return true;
    }

    /// <summary>Copies a whole list; options that go over <paramref name="budget"/> bytes are left out.</summary>
    public static IReadOnlyList<CaptureOption> Copy(ReadOnlySpan<byte> bytes, bool isBigEndian, ref int budget)
    {
        var options = new List<CaptureOption>();
        while (TryTake(ref bytes, isBigEndian, out var code, out var value))
        {
            var cost = value.Length + 64;
            if (cost <= budget)
            {
                budget -= cost;
                options.Add(new CaptureOption(code, value.ToArray()));
            }
        }

        return options;
    }

    /// <summary>The text of the first option of that code; null when there is none.</summary>
    public static string? TextOf(this IReadOnlyList<CaptureOption> options, ushort code)
    {
        foreach (var option in options)
        {
            if (option.Code == code)
            {
                return option.Text;
            }
        }

        return null;
    }

    /// <summary>The texts of all comments.</summary>
    public static IEnumerable<string> Comments(this IReadOnlyList<CaptureOption> options) =>
        options.Where(static option => option.Code == CaptureOption.Comment).Select(static option => option.Text);

    public static ushort UInt16(ReadOnlySpan<byte> bytes, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    public static uint UInt32(ReadOnlySpan<byte> bytes, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public static ulong UInt64(ReadOnlySpan<byte> bytes, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
