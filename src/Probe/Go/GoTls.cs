// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Probe.Elf;

namespace L7Trace.Probe.Go;

/// <summary>crypto/tls in a Go program: where its functions begin and return.</summary>
internal static class GoTls
{
    /// <summary>Functions with the program at their first instruction, and the one at their returns.</summary>
    private static readonly (string Name, string Program, string? Return)[] s_functions =
    [
        ("crypto/tls.(*Conn).clientHandshake", "go_handshake", null),
        ("crypto/tls.(*Conn).serverHandshake", "go_handshake", null),
        ("crypto/tls.(*Conn).handshakeContext", "go_context", "go_context_return"),
        ("crypto/tls.(*Conn).Close", "go_close", "go_close_return"),
        ("crypto/tls.(*Conn).Read", "go_read", "go_return"),
        ("crypto/tls.(*Conn).Write", "go_write", "go_return"),
    ];

    private const ulong MaxTable = 128UL * 1024 * 1024;
    private const ulong MaxFunction = 1024 * 1024;

    /// <summary>
    /// Places to probe, by program: offsets in the file, returns first; null when the file is no Go program with crypto/tls, or
    /// one that is not understood as a whole.
    /// </summary>
    internal static IReadOnlyList<(string Program, ulong[] Offsets)>? Find(ElfImage image)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        if (image.FindSection(".gopclntab") is not { Size: <= MaxTable } table || !image.Read(table.Offset, magic)
            || !HasRegisterAbi(image, BinaryPrimitives.ReadUInt32LittleEndian(magic)))
        {
            return null;
        }

        var bytes = new byte[table.Size];
        if (!image.Read(table.Offset, bytes))
        {
            return null;
        }

        var wanted = s_functions.Select(static function => function.Name).ToHashSet(StringComparer.Ordinal);
        var found = GoFunctionTable.Find(bytes, image.FindSection(".text")?.Address ?? 0, wanted);
        var returns = new Dictionary<string, List<ulong>>(StringComparer.Ordinal);
        var entries = new Dictionary<string, List<ulong>>(StringComparer.Ordinal);
        foreach (var function in found)
        {
            var (_, program, atReturn) = s_functions.First(known => known.Name == function.Name);
            if (image.OffsetOf(function.Address) is not { } offset
                || (atReturn is not null && !AddReturns(image, function, offset, PlacesOf(returns, atReturn))))
            {
                return null;
            }

            PlacesOf(entries, program).Add(offset);
        }

        return entries.ContainsKey("go_read") && entries.ContainsKey("go_write")
            ? [.. returns.Concat(entries).Select(static places => (places.Key, places.Value.ToArray()))]
            : null;
    }

    private static List<ulong> PlacesOf(Dictionary<string, List<ulong>> all, string program)
    {
        if (!all.TryGetValue(program, out var places))
        {
            all.Add(program, places = []);
        }

        return places;
    }

    private static bool HasRegisterAbi(ElfImage image, uint magic)
    {
        const ushort Arm64 = 183; // EM_AARCH64
        Span<byte> information = stackalloc byte[128];
        var version = image.FindSection(".go.buildinfo") is { } section
            && image.Read(section.Offset, information[..(int)Math.Min(section.Size, (ulong)information.Length)])
                ? GoVersion.Read(information)
                : null;
        return GoVersion.HasRegisterAbi(version, image.Machine == Arm64, magic == GoFunctionTable.Magic16);
    }

    private static bool AddReturns(ElfImage image, GoFunction function, ulong offset, List<ulong> returns)
    {
        if (function.Size > MaxFunction)
        {
            return false;
        }

        var code = new byte[function.Size];
        var places = image.Read(offset, code) ? GoReturns.Find(code, image.Machine) : [];
        returns.AddRange(places.Select(place => offset + (ulong)place));
        return places.Count != 0;
    }
}
