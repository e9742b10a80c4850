// SPDX-License-Identifier: Apache-2.0
using Iced.Intel;

namespace L7Trace.Probe.Tls;

/// <summary>
/// The function that a thin exported one calls with its own arguments, read from the instructions of that very file. Where the
/// exported function's first instruction has to be single-stepped by a probe (some 14 µs a hit on the machine that this was
/// measured on) and the inner one's is emulated by the kernel (1 to 2 µs), the inner one is probed instead.
/// </summary>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Arguments">
/// For each of the registers of arguments 1 to 5, which argument of the outer function stands in it at the call; 0 for none.
/// </param>
internal sealed record WrappedFunction(ulong Offset, IReadOnlyList<int> Arguments)
{
    private const int MostInstructions = 48;
    private const int MostBytes = 256;

    // System V AMD64 ABI, 3.2.3.
    private static readonly Register[] s_arguments = [Register.RDI, Register.RSI, Register.RDX, Register.RCX, Register.R8];

    /// <summary>
    /// The first function that is called by the code, in a straight line from its beginning (branches that leave it are errors or
    /// do not call at all: whoever calls the inner function is probed all the same); null when anything is not understood.
    /// </summary>
    /// <param name="code">The outer function's code, from its first byte.</param>
    /// <param name="offset">Where that byte lies in the file.</param>
    internal static WrappedFunction? Of(ReadOnlySpan<byte> code, ulong offset)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code[..Math.Min(code.Length, MostBytes)].ToArray()), offset);
        var information = new InstructionInfoFactory();
        int[] holds = [1, 2, 3, 4, 5];
        for (var i = 0; i < MostInstructions; i++)
        {
            decoder.Decode(out var instruction);
            switch (instruction.FlowControl)
            {
                case FlowControl.Next when !instruction.IsInvalid:
                    Follow(instruction, information, holds);
                    break;
                case FlowControl.ConditionalBranch:
                    break;
                case FlowControl.Call when instruction.Code == Code.Call_rel32_64:
                    return new WrappedFunction(instruction.NearBranchTarget, holds);
                default:
                    return null;
            }
        }

        return null;
    }

    /// <summary>True when the kernel emulates the instruction that code begins with: a push, or one that does nothing.</summary>
    internal static bool IsEmulated(ReadOnlySpan<byte> code)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code[..Math.Min(code.Length, 15)].ToArray()));
        decoder.Decode(out var instruction);
        return instruction.Code is Code.Push_r64 || instruction.Mnemonic == Mnemonic.Nop;
    }

    // What an instruction writes no longer holds an argument, unless it is a copy, or its own value made wider.
    private static void Follow(in Instruction instruction, InstructionInfoFactory information, int[] holds)
    {
        var copied = 0;
        var target = Register.None;
        if (instruction.Code is Code.Mov_rm64_r64 or Code.Mov_r64_rm64 or Code.Movsxd_r64_rm32
            && instruction.Op0Kind == OpKind.Register && instruction.Op1Kind == OpKind.Register)
        {
            target = instruction.Op0Register;
            var source = Array.IndexOf(s_arguments, instruction.Op1Register.GetFullRegister());
            copied = source >= 0 ? holds[source] : 0;
        }

        foreach (var used in information.GetInfo(instruction).GetUsedRegisters())
        {
            var index = Array.IndexOf(s_arguments, used.Register.GetFullRegister());
            if (index >= 0 && used.Access is not (OpAccess.Read or OpAccess.CondRead or OpAccess.NoMemAccess))
            {
                holds[index] = 0;
            }
        }

        var written = Array.IndexOf(s_arguments, target);
        if (written >= 0)
        {
            holds[written] = copied;
        }
    }
}
