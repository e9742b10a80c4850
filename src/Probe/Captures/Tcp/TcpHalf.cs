// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Tcp;

/// <summary>
/// One direction of a connection: 32-bit sequence numbers to 64-bit offsets (their low 32 bits are the sequence numbers, as
/// in live traces), what is expected next, and what waits behind missing bytes.
/// </summary>
internal sealed class TcpHalf
{
    /// <summary>Sequence numbers further away than this belong to no window (RFC 7323, section 2.3).</summary>
    public const int LargestWindow = 1 << 30;

    // A stream joined in the middle begins behind it, so that what lies in front of it has an offset too.
    private const ulong MiddleOffset = 1UL << 32;

    // Acknowledgments since bytes are missing are noted at this distance, nanoseconds.
    private const long AcknowledgmentStep = 1_000_000;
    private const int MostAcknowledgments = 256;

    private readonly List<HeldPiece> _held = [];
    private readonly List<(ulong Offset, long At)> _acknowledgments = [];

    /// <summary>The initial sequence number is known: <see cref="Start"/> is the stream's first byte.</summary>
    public bool HasIsn { get; private set; }

    /// <summary>The initial sequence number.</summary>
    public uint Isn { get; private set; }

    /// <summary>Nothing of this stream lies in front of this offset.</summary>
    public ulong Start { get; private set; }

    /// <summary>Offsets have a meaning.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Offset of the first byte that has not come.</summary>
    public ulong Next { get; private set; }

    /// <summary>What the other side acknowledged; counts with <see cref="IsAcknowledged"/>.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>The other side's acknowledgments are seen.</summary>
    public bool IsAcknowledged { get; private set; }

    /// <summary>When the acknowledgment passed the missing bytes; 0 while it has not.</summary>
    public long PassedAt { get; set; }

    /// <summary>Since when something waits behind missing bytes.</summary>
    public long HeldSince { get; private set; }

    /// <summary>Bytes held, with what they cost besides.</summary>
    public long HeldCost { get; private set; }

    /// <summary>Where the stream ends, once a FIN has said so.</summary>
    public ulong? Fin { get; set; }

    /// <summary>Time of the FIN.</summary>
    public long FinTime { get; set; }

    /// <summary>The end was told.</summary>
    public bool IsEnded { get; set; }

    public IReadOnlyList<HeldPiece> Held => _held;

    /// <summary>Nothing waits, and no end was announced: what comes in order is all that there is to do.</summary>
    public bool IsPlain => _held.Count == 0 && Fin is null;

    /// <summary>The first offset behind the missing bytes; null while nothing waits.</summary>
    public ulong? HoleEnd => _held.Count > 0 ? _held[0].Offset : Fin > Next ? Fin : null;

    /// <summary>The stream's first byte has this sequence number less one.</summary>
    public void StartAt(uint isn)
    {
        Isn = isn;
        Start = Next = unchecked(isn + 1);
        HasIsn = IsStarted = true;
    }

    /// <summary>Joined in the middle.</summary>
    public void StartInTheMiddle(uint sequence)
    {
        Next = MiddleOffset + sequence;
        IsStarted = true;
    }

    /// <summary>How far a sequence number is from the expected one.</summary>
    public int Distance(uint sequence) => unchecked((int)(sequence - (uint)Next));

    /// <summary>Takes note of an acknowledgment by the other side.</summary>
    public void Acknowledge(uint number, long now)
    {
        if (!IsStarted)
        {
            return;
        }

        var distance = Distance(number);
        if (Math.Abs((long)distance) > LargestWindow || (distance < 0 && (ulong)-(long)distance > Next - Start))
        {
            return;
        }

        var offset = unchecked(Next + (ulong)(long)distance);
        if (!IsAcknowledged || offset > Acknowledged)
        {
            Acknowledged = offset;
            IsAcknowledged = true;
        }

        NoteAcknowledgment(now);
    }

    /// <summary>
    /// The bytes that are missing now may have been acknowledged while those in front of them were waited for: then they
    /// have waited since then too.
    /// </summary>
    public void FindPassed(long now)
    {
        if (!IsAcknowledged || HoleEnd is not { } end || Acknowledged < end)
        {
            return;
        }

        PassedAt = now;
        foreach (var (offset, at) in _acknowledgments)
        {
            if (offset >= end)
            {
                PassedAt = at;
                return;
            }
        }
    }

    /// <summary>What was expected has come, or was given up, up to this offset.</summary>
    public void MoveTo(ulong offset)
    {
        Next = offset;
        PassedAt = 0;
    }

    /// <summary>
    /// Holds what no earlier piece has of these bytes; returns how many bytes came again and were different.
    /// </summary>
    public long Hold(ulong offset, uint length, ReadOnlySpan<byte> captured, long time, long now)
    {
        if (HoleEnd is null)
        {
            HeldSince = now;
            _acknowledgments.Clear();
        }

        long different = 0;
        var at = offset;
        var end = offset + length;
        for (var i = FirstBehind(offset); at < end; i++)
        {
            var known = i < _held.Count ? _held[i].Offset : ulong.MaxValue;
            if (known > at)
            {
                var stop = Math.Min(end, known);
                Insert(i, new HeldPiece(at, (uint)(stop - at), Part(captured, at - offset, stop - at), time));
                at = stop;
            }
            else
            {
                var piece = _held[i];
                var stop = Math.Min(end, piece.End);
                different += Differences(
                    Part(captured, at - offset, stop - at), Part(piece.Captured, at - piece.Offset, stop - at));
                at = stop;
            }
        }

        if (PassedAt == 0)
        {
            NoteAcknowledgment(now);
        }

        return different;
    }

    /// <summary>Takes the first piece out; the caller returns its memory.</summary>
    public HeldPiece Take()
    {
        var piece = _held[0];
        _held.RemoveAt(0);
        HeldCost -= piece.Cost;
        return piece;
    }

    private void NoteAcknowledgment(long now)
    {
        if (IsAcknowledged && HoleEnd is { } end && Acknowledged >= end)
        {
            PassedAt = PassedAt == 0 ? now : PassedAt;
            var count = _acknowledgments.Count;
            if (count == 0 || (count < MostAcknowledgments && now - _acknowledgments[count - 1].At >= AcknowledgmentStep))
            {
                _acknowledgments.Add((Acknowledged, now));
            }
        }
    }

    private void Insert(int index, HeldPiece piece)
    {
        _held.Insert(index, piece);
        HeldCost += piece.Cost;
    }

    // Index of the first piece that ends behind the offset.
    private int FirstBehind(ulong offset)
    {
        var low = 0;
        var high = _held.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_held[middle].End > offset)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> bytes, ulong start, ulong length)
    {
        if (start >= (ulong)bytes.Length)
        {
            return default;
        }

        var rest = bytes[(int)start..];
        return rest[..(int)Math.Min((ulong)rest.Length, length)];
    }

    private static long Differences(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var length = Math.Min(a.Length, b.Length);
        long count = 0;
        for (var i = a[..length].CommonPrefixLength(b[..length]); i < length; i++)
        {
            count += a[i] != b[i] ? 1 : 0;
        }

        return count;
    }
}
