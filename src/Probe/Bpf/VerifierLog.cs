// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// Where the kernel writes why it refuses a program. Without a place of ours libbpf loads a program that was refused again,
/// with a log of every instruction and a buffer that grows to hundreds of megabytes: minutes on a slow machine.
/// </summary>
internal sealed unsafe class VerifierLog : IDisposable
{
    /// <summary>Bytes of it.</summary>
    internal const int Size = 64 * 1024;

    /// <summary>BPF_LOG_STATS: the reason and a line of figures, no walk through the program.</summary>
    internal const uint Level = 4;

    internal VerifierLog() => Text = (byte*)NativeMemory.AllocZeroed(Size);

    /// <summary>The text, which ends with a 0.</summary>
    internal byte* Text { get; private set; }

    /// <summary>What the kernel said of the program that it was last given.</summary>
    internal string Read() => Marshal.PtrToStringUTF8((nint)Text) ?? "";

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Text);
        Text = null;
    }
}
