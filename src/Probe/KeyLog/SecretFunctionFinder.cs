// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Iced.Intel;
using L7Trace.Probe.Elf;

namespace L7Trace.Probe.KeyLog;

/// <summary>
/// Finds OpenSSL's function ssl_log_secret(SSL *, label, secret, length), which no table names, in the very file: it is what is
/// called with the labels of a key log as the second argument, for different labels the same. Where the client's random lies in an
/// object is what that function and the exported SSL_get_client_random agree on. What is not proven so is not read:
/// no layout is known beforehand, and none is guessed.
/// </summary>
internal static class SecretFunctionFinder
{
    private const ushort X86 = 62; // EM_X86_64
    private const ulong MaxSection = 256UL * 1024 * 1024;
    private const int CallDistance = 12;  // instructions from a label to its call
    private const int MaxInstructions = 64; // of a function whose beginning is read
    private const int LongestCode = 512;

    private static readonly byte[] s_leaRsi = [0x48, 0x8d, 0x35];

    private static readonly byte[][] s_labels =
        [[.. "CLIENT_RANDOM\0"u8], [.. "EXPORTER_SECRET\0"u8], [.. "EARLY_EXPORTER_SECRET\0"u8]];

    /// <summary>Finds it; null with the reason when it is not there, or not proven.</summary>
    /// <param name="image">The file.</param>
    /// <param name="getClientRandom">Where its SSL_get_client_random begins in the file; null when it has none.</param>
    /// <param name="reason">Why it is null, for people.</param>
    internal static SecretFunction? Find(ElfImage image, ulong? getClientRandom, out string reason)
    {
        reason = "it is for another processor than x86-64";
        if (image.Machine != X86)
        {
            return null;
        }

        reason = "it has no function SSL_get_client_random";
        if (getClientRandom is not { } getter)
        {
            return null;
        }

        reason = "the function that writes its key log was not found";
        if (Load(image, ".rodata") is not { } texts || Load(image, ".text") is not { } code ||
            FindCallee(texts, code) is not { } address || image.OffsetOf(address) is not { } offset)
        {
            return null;
        }

        reason = "it is not certain where an object has the client's random";
        var logged = Displacements(image, offset);
        var got = Displacements(image, getter);
        return got.Count == 1 && logged.Contains(got[0]) ? new SecretFunction(offset, got[0]) : null;
    }

    private static LoadedSection? Load(ElfImage image, string name)
    {
        if (image.FindSection(name) is not { Size: > 0 and <= MaxSection } section)
        {
            return null;
        }

        var bytes = new byte[section.Size];
        return image.Read(section.Offset, bytes) ? new LoadedSection(section.Address, bytes) : null;
    }

    // The one function that is called with at least two labels, and no other with any.
    private static ulong? FindCallee(LoadedSection texts, LoadedSection code)
    {
        var labels = new Dictionary<ulong, int>();
        for (var i = 0; i < s_labels.Length; i++)
        {
            for (var from = 0; texts.Bytes.AsSpan(from).IndexOf(s_labels[i]) is var at and >= 0; from += at + 1)
            {
                labels.TryAdd(texts.Address + (ulong)(from + at), i);
            }
        }

        var found = new HashSet<int>();
        ulong? callee = null;
        for (var at = 0; labels.Count > 0 && at + 7 <= code.Bytes.Length;)
        {
            var next = code.Bytes.AsSpan(at).IndexOf(s_leaRsi); // lea rsi, [rip + disp32]
            if (next < 0 || at + next + 7 > code.Bytes.Length)
            {
                break;
            }

            at += next;
            var behind = code.Address + (ulong)at + 7;
            var target = unchecked(behind + (ulong)BinaryPrimitives.ReadInt32LittleEndian(code.Bytes.AsSpan(at + 3)));
            if (labels.TryGetValue(target, out var label) && CalledNext(code, at + 7) is { } called)
            {
                if (callee is { } other && other != called)
                {
                    return null;
                }

                callee = called;
                found.Add(label);
            }

            at += 3;
        }

        return found.Count >= 2 ? callee : null;
    }

    // What is called with the second argument as it stands; null when it is another one by then.
    private static ulong? CalledNext(LoadedSection code, int at)
    {
        var decoder = DecoderAt(code.Bytes.AsSpan(at, Math.Min(LongestCode, code.Bytes.Length - at)), code.Address + (ulong)at);
        var information = new InstructionInfoFactory();
        for (var i = 0; i < CallDistance; i++)
        {
            decoder.Decode(out var instruction);
            if (instruction.IsInvalid)
            {
                return null;
            }

            if (instruction.FlowControl == FlowControl.Call)
            {
                return instruction.IsCallNear ? instruction.NearBranchTarget : null;
            }

            if (instruction.FlowControl != FlowControl.Next || Writes(information, instruction, Register.RSI))
            {
                return null;
            }
        }

        return null;
    }

    // The distances that addresses are made with from the first argument, in a function's code up to its first call or end.
    private static List<uint> Displacements(ElfImage image, ulong offset)
    {
        var found = new List<uint>();
        var bytes = new byte[LongestCode];
        if (!image.Read(offset, bytes))
        {
            return found;
        }

        var decoder = DecoderAt(bytes, 0);
        var information = new InstructionInfoFactory();
        var holders = new HashSet<Register> { Register.RDI }; // registers that hold the object's address
        for (var i = 0; i < MaxInstructions; i++)
        {
            decoder.Decode(out var instruction);
            if (instruction.IsInvalid || instruction.FlowControl is FlowControl.Return or FlowControl.Call or FlowControl.IndirectBranch or FlowControl.UnconditionalBranch)
            {
                break;
            }

            if (instruction.Mnemonic == Mnemonic.Lea && holders.Contains(instruction.MemoryBase) &&
                instruction.MemoryIndex == Register.None && instruction.MemoryDisplacement64 is > 0 and < uint.MaxValue &&
                !found.Contains((uint)instruction.MemoryDisplacement64))
            {
                found.Add((uint)instruction.MemoryDisplacement64);
            }

            var copies = instruction.Code is Code.Mov_r64_rm64 or Code.Mov_rm64_r64 && instruction.Op1Kind == OpKind.Register &&
                instruction.Op0Kind == OpKind.Register && holders.Contains(instruction.Op1Register);
            holders.RemoveWhere(register => Writes(information, instruction, register));
            if (copies)
            {
                holders.Add(instruction.Op0Register);
            }
        }

        return found;
    }

    private static bool Writes(InstructionInfoFactory information, in Instruction instruction, Register register)
    {
        foreach (var used in information.GetInfo(instruction).GetUsedRegisters())
        {
            if (used.Register.GetFullRegister() == register && used.Access is not (OpAccess.Read or OpAccess.CondRead or OpAccess.None or OpAccess.NoMemAccess))
            {
                return true;
            }
        }

        return false;
    }

    private static Decoder DecoderAt(ReadOnlySpan<byte> code, ulong address) =>
        Decoder.Create(64, new ByteArrayCodeReader(code.ToArray()), address);

    private sealed record LoadedSection(ulong Address, byte[] Bytes);
}
