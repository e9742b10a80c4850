// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Packets;

/// <summary>
/// Puts IP fragments together (RFC 791, RFC 8200 section 4.5). Bounded in datagrams and in time; where fragments
/// overlap, the bytes that came first stay. What the capture cut off inside a fragment ends the captured part.
/// </summary>
internal sealed class IpFragments
{
    private const int MostDatagrams = 256;
    private const int LargestDatagram = 65_535;
    private const int MostPieces = 1024;
    private const long Life = 30_000_000_000;

    private readonly Dictionary<Key, Datagram> _datagrams = [];
    private readonly Queue<(Key Key, Datagram Datagram)> _order = [];

    /// <summary>Which datagram a fragment belongs to.</summary>
    public readonly record struct Key(IpEnd From, IpEnd To, uint Identification, byte Protocol);

    /// <summary>Datagrams of which not all fragments came, or that were too many at once.</summary>
    public long Abandoned { get; private set; }

    /// <summary>
    /// Takes a fragment's payload. True when the datagram is whole: <paramref name="whole"/> is what was captured of
    /// it from its beginning (valid until the next call), <paramref name="length"/> its true length.
    /// </summary>
    public bool Add(
        Key key, int offset, int claimed, bool isLast, ReadOnlySpan<byte> captured, long time,
        out ReadOnlySpan<byte> whole, out int length)
    {
        whole = default;
        length = 0;
        Expire(time);
        if (offset + claimed > LargestDatagram || claimed < 0 || (claimed == 0 && !isLast))
        {
            return false;
        }

        if (!_datagrams.TryGetValue(key, out var datagram))
        {
            datagram = new Datagram(time);
            _datagrams.Add(key, datagram);
            _order.Enqueue((key, datagram));
        }

        if (!datagram.Add(offset, claimed, isLast, captured))
        {
            return false;
        }

        _datagrams.Remove(key);
        datagram.IsDone = true;
        length = datagram.Length;
        whole = datagram.Captured[..Math.Min(datagram.Captured.Length, length)];
        return true;
    }

    private void Expire(long time)
    {
        while (_order.TryPeek(out var oldest) &&
               (oldest.Datagram.IsDone || _datagrams.Count >= MostDatagrams || time - oldest.Datagram.Since > Life))
        {
            _order.Dequeue();
            if (!oldest.Datagram.IsDone)
            {
                _datagrams.Remove(oldest.Key);
                Abandoned++;
            }
        }
    }

    private sealed class Datagram(long since)
    {
        private readonly List<(int Start, int End, bool IsCut)> _pieces = [];
        private byte[] _bytes = new byte[4096];

        public long Since { get; } = since;

        public bool IsDone { get; set; }

        public int Length { get; private set; } = -1;

        public ReadOnlySpan<byte> Captured
        {
            get
            {
                var end = 0;
                foreach (var piece in _pieces)
                {
                    end = piece.End;
                    if (piece.IsCut)
                    {
                        break;
                    }
                }

                return _bytes.AsSpan(0, end);
            }
        }

        public bool Add(int offset, int claimed, bool isLast, ReadOnlySpan<byte> captured)
        {
            if (isLast && Length < 0)
            {
                Length = offset + claimed;
            }

            // The parts that no earlier piece has, from left to right.
            var at = offset;
            var end = offset + claimed;
            for (var i = 0; at < end && _pieces.Count < MostPieces; i++)
            {
                var next = i < _pieces.Count ? _pieces[i] : (Start: int.MaxValue, End: int.MaxValue, IsCut: false);
                if (next.End <= at)
                {
                    continue;
                }

                if (next.Start > at)
                {
                    var stop = Math.Min(end, next.Start);
                    Insert(i, at, stop, captured[Math.Min(captured.Length, at - offset)..]);
                    at = stop;
                }
                else
                {
                    at = next.End;
                }
            }

            return IsWhole();
        }

        private void Insert(int index, int start, int end, ReadOnlySpan<byte> captured)
        {
            var has = Math.Min(end - start, captured.Length);
            if (_bytes.Length < start + has)
            {
                Array.Resize(ref _bytes, Math.Min(LargestDatagram, Math.Max(start + has, _bytes.Length * 2)));
            }

            captured[..has].CopyTo(_bytes.AsSpan(start));
            _pieces.Insert(index, (start, start + has, has < end - start));
            if (has < end - start)
            {
                // The hole behind a cut is known to be there; it counts as come.
                _pieces[index] = (start, start + has, true);
                _pieces.Insert(index + 1, (start + has, end, true));
            }
        }

        private bool IsWhole()
        {
            if (Length < 0)
            {
                return false;
            }

            var at = 0;
            foreach (var piece in _pieces)
            {
                if (piece.Start > at)
                {
                    return false;
                }

                at = piece.End;
            }

            return at >= Length;
        }
    }
}
