// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// One u32 variable of the kernel side that user space changes while it runs. Its map is mapped here: libbpf 1.1 does that
/// for skeletons only, and what it gives of a loaded object is a copy that the kernel never looks at.
/// </summary>
internal sealed unsafe class LiveVariable : IDisposable
{
    private readonly MappedMemory _memory;
    private readonly int _offset;

    private LiveVariable(MappedMemory memory, int offset)
    {
        _memory = memory;
        _offset = offset;
    }

    /// <summary>Finds one in the object's map of variables, which is loaded.</summary>
    /// <exception cref="ProbeException">It is not there, or of another size.</exception>
    /// <exception cref="LibBpfException">The map can't be mapped.</exception>
    internal static LiveVariable Find(ElfSymbols symbols, string name, Func<string, BpfMap> mapOf)
    {
        if (!symbols.TryFind(name, out var symbol) || symbol.Size != sizeof(uint))
        {
            throw ProbeErrors.WrongObject($"it has no {name}");
        }

        var map = mapOf(symbol.Section);
        var length = (ulong)map.Variables().Length;
        if (symbol.Offset > length || length - symbol.Offset < sizeof(uint))
        {
            throw ProbeErrors.WrongObject($"its {name} is out of bounds");
        }

        return new LiveVariable(
            MappedMemory.Map(map.Fd, (nuint)length, writable: true, offset: 0), (int)symbol.Offset);
    }

    /// <summary>What the kernel side reads.</summary>
    internal uint Value
    {
        get => Volatile.Read(ref Reference);
        set => Volatile.Write(ref Reference, value);
    }

    private ref uint Reference => ref Unsafe.AsRef<uint>((byte*)_memory.Address + _offset);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
