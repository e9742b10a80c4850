// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Iced.Intel;

namespace L7Trace.Probe.Go;

/// <summary>
/// Finds the return instructions of a function. Go's compiler puts no data between instructions, so they are read one after the
/// other; a byte sequence that is none ends it with nothing found, because a probe within an instruction breaks the program.
/// </summary>
internal static class GoReturns
{
    private const ushort X86 = 62;    // EM_X86_64
    private const ushort Arm64 = 183; // EM_AARCH64
    private const uint Arm64Return = 0xd65f03c0;

    /// <summary>Offsets of the returns from the function's beginning; empty when it is not fully understood.</summary>
    internal static IReadOnlyList<int> Find(ReadOnlySpan<byte> code, ushort machine) => machine switch
    {
        X86 => OfX86(code),
        Arm64 => OfArm64(code),
        _ => [],
    };

    private static List<int> OfX86(ReadOnlySpan<byte> code)
    {
        var returns = new List<int>();
        var reader = new ByteArrayCodeReader(code.ToArray());
        var decoder = Decoder.Create(64, reader);
        while (reader.CanReadByte)
        {
            var at = (int)decoder.IP;
            decoder.Decode(out var instruction);
            if (instruction.IsInvalid)
            {
                return [];
            }

            if (instruction.Code == Code.Retnq)
            {
                returns.Add(at);
            }
        }

        return returns;
    }

    private static List<int> OfArm64(ReadOnlySpan<byte> code)
    {
        var returns = new List<int>();
        for (var at = 0; at + 4 <= code.Length; at += 4)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(code[at..]) == Arm64Return)
            {
                returns.Add(at);
            }
        }

        return returns;
    }
}
