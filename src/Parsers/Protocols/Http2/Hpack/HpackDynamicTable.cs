// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Parsers.Protocols.Http2.Hpack;

/// <summary>
/// The dynamic table of one direction (RFC 7541, section 2.3.2), of which the older part may not be known: when the
/// connection was joined in the middle, when header blocks were lost, or when the encoder uses more than is kept here.
/// Indexes count from the newest entry, so what was inserted since is at its right place whatever lies behind it.
/// Where an entry is evicted here later than by the encoder nothing is wrong: the encoder does not name it any more. Where
/// it is evicted sooner, it counts among the unknown ones.
/// </summary>
internal sealed class HpackDynamicTable
{
    /// <summary>The size that both sides begin with.</summary>
    public const int DefaultSize = 4096;

    private const long NotKnown = long.MaxValue;

    private readonly int _mostKept;
    private HpackEntry[] _ring = [];
    private int _oldest;    // its place in the ring
    private long _maxSize;  // the encoder's
    private long _inserted; // since everything in the table was unknown
    private int _epoch;     // how often everything known became unknown

    /// <summary><paramref name="mostKept"/>: bytes kept at most. <paramref name="fromStart"/>: the table is empty now.</summary>
    public HpackDynamicTable(int mostKept, bool fromStart)
    {
        _mostKept = mostKept;
        MayHoldUnknown = !fromStart;
        _maxSize = fromStart ? DefaultSize : NotKnown;
    }

    /// <summary>Entries known.</summary>
    public int Count { get; private set; }

    /// <summary>Size of the known entries, as RFC 7541 counts it; a lower bound where names are not known.</summary>
    public long Size { get; private set; }

    /// <summary>True when entries may lie behind the known ones.</summary>
    public bool MayHoldUnknown { get; private set; }

    /// <summary>
    /// The entry at an index (0: the newest); null for one that can't be there. Of the unknown part each entry has a
    /// mark of its own that stays the same as long as the entry does.
    /// </summary>
    public HpackEntry? At(long index) =>
        index < Count ? _ring[(_oldest + Count - 1 - (int)index) & (_ring.Length - 1)]
        : MayHoldUnknown ? Unknown(index)
        : null;

    /// <summary>A new entry; older ones go as far as it needs their place (section 4.4).</summary>
    public void Insert(HpackEntry entry)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_oldest + Count) & (_ring.Length - 1)] = entry;
        Count++;
        _inserted++;
        Size += entry.Size;
        MayHoldUnknown &= entry.Size <= _maxSize; // one that does not fit takes everything along
        Evict();
    }

    /// <summary>The encoder changes the size of its table (section 6.3).</summary>
    public void Resize(long size)
    {
        _maxSize = size;
        Evict();
    }

    /// <summary>
    /// Header blocks were missed: how many entries lie in front of the known ones, and how large the table is, is not
    /// known any more.
    /// </summary>
    public void Lose()
    {
        _ring = [];
        _oldest = Count = 0;
        Size = _inserted = 0;
        _epoch++;
        _maxSize = NotKnown;
        MayHoldUnknown = true;
    }

    private void Evict()
    {
        while (Size > _maxSize || Size > _mostKept)
        {
            MayHoldUnknown |= Size <= _maxSize; // the encoder still has it
            Size -= _ring[_oldest].Size;
            _ring[_oldest] = null!;
            _oldest = (_oldest + 1) & (_ring.Length - 1);
            Count--;
        }

        // Unknown entries are the oldest: where the known ones leave no place for the smallest, none is left.
        MayHoldUnknown &= _maxSize - Size >= HpackEntry.Overhead;
    }

    private void Grow()
    {
        var larger = new HpackEntry[Math.Max(16, _ring.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = _ring[(_oldest + i) & (_ring.Length - 1)];
        }

        _ring = larger;
        _oldest = 0;
    }

    // Counted from the newest of those that were there when everything was unknown: 1, 2, ...; what was forgotten here
    // since then counts down from 0.
    private HpackEntry Unknown(long index)
    {
        var number = index - _inserted + 1;
        var mark = _epoch == 0
            ? number.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{_epoch}.{number}");
        return new HpackEntry(null, null, HpackEntry.Overhead, NameSize: 0, mark);
    }
}
