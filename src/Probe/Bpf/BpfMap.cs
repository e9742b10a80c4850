// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// One map of the loaded object, by file descriptor. Usable from any thread; valid while its object is open.
/// Key and value sizes are compared with the map's own on every call, so a wrong type can't scribble.
/// </summary>
internal sealed unsafe class BpfMap
{
    private readonly nint _map;
    private readonly uint _keySize;
    private readonly uint _valueSize;
    private readonly string _name;

    /// <summary>Takes one entry.</summary>
    internal delegate void EntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    internal BpfMap(nint map, string name)
    {
        _map = map;
        _name = name;
        _keySize = LibBpf.MapKeySize(map);
        _valueSize = LibBpf.MapValueSize(map);
    }

    /// <summary>File descriptor; negative before the object is loaded.</summary>
    internal int Fd => LibBpf.MapFd(_map);

    /// <summary>Entries, or bytes of a ring buffer.</summary>
    internal uint MaxEntries => LibBpf.MapMaxEntries(_map);

    /// <summary>Bytes of a key.</summary>
    internal uint KeySize => _keySize;

    /// <summary>Sets the number of entries (bytes of a ring buffer); before load only.</summary>
    internal void SetMaxEntries(uint entries) =>
        LibBpfException.Check(LibBpf.MapSetMaxEntries(_map, entries), $"set the size of the map {_name}");

    /// <summary>False when the kernel does not let this thread look at it: before 5.19, one without CAP_BPF.</summary>
    internal bool IsReachable()
    {
        var next = new byte[_keySize];
        fixed (byte* key = next)
        {
            return LibBpf.MapNextKey(Fd, null, key) is not (-LibC.EPERM or -LibC.EACCES);
        }
    }

    /// <summary>Adds or replaces an entry. False when the map is full or the kernel refused.</summary>
    internal bool TrySet<TKey, TValue>(TKey key, TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckSizes((uint)sizeof(TKey), (uint)sizeof(TValue));
        return LibBpf.MapUpdate(Fd, &key, &value, 0) == 0;
    }

    /// <summary>Reads an entry.</summary>
    internal bool TryGet<TKey, TValue>(TKey key, out TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckSizes((uint)sizeof(TKey), (uint)sizeof(TValue));
        fixed (TValue* target = &value)
        {
            return LibBpf.MapLookup(Fd, &key, target) == 0;
        }
    }

    /// <summary>Reads what a value, which may be longer, begins with.</summary>
    internal bool TryGetFirst<TKey, TValue>(TKey key, out TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        value = default;
        CheckSizes((uint)sizeof(TKey), _valueSize);
        var whole = new byte[_valueSize];
        fixed (byte* target = whole)
        {
            return _valueSize >= sizeof(TValue) && LibBpf.MapLookup(Fd, &key, target) == 0
                && System.Runtime.InteropServices.MemoryMarshal.TryRead(whole, out value);
        }
    }

    /// <summary>Removes an entry; false when there was none.</summary>
    internal bool Remove<TKey>(TKey key)
        where TKey : unmanaged
    {
        CheckSizes((uint)sizeof(TKey), _valueSize);
        return LibBpf.MapDelete(Fd, &key) == 0;
    }

    /// <summary>
    /// Calls the visitor with every entry that stays while it is read. The kernel may change the map meanwhile; the
    /// walk ends after as many entries as the map can hold, because a deleted key makes it begin anew.
    /// </summary>
    internal void Visit(EntryVisitor visitor)
    {
        var key = new byte[_keySize];
        var next = new byte[_keySize];
        var value = new byte[_valueSize];
        fixed (byte* keyBytes = key, nextBytes = next, valueBytes = value)
        {
            var more = LibBpf.MapNextKey(Fd, null, nextBytes) == 0;
            for (var left = MaxEntries; more && left > 0; left--)
            {
                next.CopyTo(key, 0);
                if (LibBpf.MapLookup(Fd, keyBytes, valueBytes) == 0)
                {
                    visitor(key, value);
                }

                more = LibBpf.MapNextKey(Fd, keyBytes, nextBytes) == 0;
            }
        }
    }

    /// <summary>The sum over all CPUs of one u64 of a per-CPU array; 0 when it can't be read.</summary>
    internal ulong SumPerCpu(uint key)
    {
        CheckSizes(sizeof(uint), sizeof(ulong));
        var cpus = LibBpf.PossibleCpus();
        if (cpus <= 0)
        {
            return 0;
        }

        Span<ulong> values = cpus <= 128 ? stackalloc ulong[cpus] : new ulong[cpus];
        fixed (ulong* target = values)
        {
            if (LibBpf.MapLookup(Fd, &key, target) != 0)
            {
                return 0;
            }
        }

        var sum = 0UL;
        foreach (var value in values)
        {
            sum = unchecked(sum + value);
        }

        return sum;
    }

    /// <summary>
    /// The initial contents of a map of variables (.rodata, .data, .bss), to be set before load; <see cref="LiveVariable"/>
    /// is for later. Empty for any other map.
    /// </summary>
    internal Span<byte> Variables()
    {
        nuint size;
        var bytes = LibBpf.MapInitialValue(_map, &size);
        return bytes == null ? [] : new Span<byte>(bytes, checked((int)size));
    }

    private void CheckSizes(uint keySize, uint valueSize)
    {
        if (keySize != _keySize || valueSize != _valueSize)
        {
            throw new InvalidOperationException(
                $"map {_name} has keys of {_keySize} and values of {_valueSize} bytes, not {keySize} and {valueSize}");
        }
    }
}
