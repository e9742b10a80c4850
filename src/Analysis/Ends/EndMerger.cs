// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Ends;

/// <summary>
/// Joins the two views of an exchange whose client and server are both on this host: the client's view goes on with the
/// server's as its <see cref="Exchange.OtherEnd"/> (the other way round where only the server's is complete). It takes
/// proof (see <see cref="ExchangeProof"/>); without it both views go on as they are. An exchange waits for its other
/// view only when the other end is traced (or may yet turn out to be: the first one of a Unix server, when it is not whole), for a
/// bounded time, and with a bounded number of others. A view that comes later than that is left out, unless more of the exchange is
/// seen in it; so a view that is not whole waits longer. Runs on one thread.
/// </summary>
public sealed class EndMerger : IExchangeHandler
{
    /// <summary>How long a view waits for the other when nothing else is said, nanoseconds of event time.</summary>
    public const long DefaultMaxWait = 250_000_000;

    // What is behind a view that is not whole would be shown once more: a busy machine may keep a program from its answer for that long.
    private const int PatienceWithParts = 4;

    private readonly IExchangeHandler _next;
    private readonly ConnectionPairs _pairs;
    private readonly SideSelection _side;
    private readonly long _maxWait;
    private readonly int _maxHeld;
    private readonly Dictionary<(ExchangeProof Proof, EndpointRole Role), Held> _byProof = [];
    private readonly Waiting _whole;
    private readonly Waiting _parts;
    private readonly ShownViews _shown;
    private long _now;

    /// <summary>Makes one.</summary>
    /// <param name="next">Receives what goes on.</param>
    /// <param name="pairs">The traced connections.</param>
    /// <param name="side">Which views are wanted.</param>
    /// <param name="maxWait">How long a view waits for the other, nanoseconds of event time.</param>
    /// <param name="maxHeld">How many views wait at most; the oldest goes on alone when there are more.</param>
    public EndMerger(
        IExchangeHandler next, ConnectionPairs pairs, SideSelection side = SideSelection.Auto,
        long maxWait = DefaultMaxWait, int maxHeld = 20_000)
    {
        ArgumentNullException.ThrowIfNull(next);
        ArgumentNullException.ThrowIfNull(pairs);
        _next = next;
        _pairs = pairs;
        _side = side;
        _maxWait = maxWait;
        _maxHeld = maxHeld;
        _whole = new Waiting(maxWait);
        _parts = new Waiting(PatienceWithParts * maxWait);
        _shown = new ShownViews(maxHeld / 4, 40 * maxWait);
    }

    /// <summary>Views that found each other.</summary>
    public long Merged { get; private set; }

    /// <summary>Views that waited and went on alone.</summary>
    public long Alone { get; private set; }

    /// <summary>Views left out because the other was shown long before.</summary>
    public long Late { get; private set; }

    /// <summary>Views left out because the other side was asked for.</summary>
    public long Unwanted { get; private set; }

    /// <summary>Views that wait.</summary>
    public int HeldCount => _byProof.Count;

    /// <summary>Views that waited so far, those included that still do.</summary>
    public long Taken { get; private set; }

    /// <summary>True when one of the first <paramref name="taken"/> (see <see cref="Taken"/>) still waits.</summary>
    public bool HoldsAnyOf(long taken) => _whole.Oldest?.Number < taken || _parts.Oldest?.Number < taken;

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        switch (_side)
        {
            case SideSelection.Both:
                _next.OnExchange(exchange);
                return;
            case SideSelection.Client or SideSelection.Server:
                Select(exchange);
                return;
        }

        Advance(LastTime(exchange));
        var mayBeAhead = MayBeAheadOfItsMirror(exchange.Connection);
        if (!mayBeAhead && _byProof.Count == 0 && _shown.IsEmpty && !_pairs.HasAnyMirror)
        {
            _next.OnExchange(exchange); // the usual case, and always that of a capture: there is nothing to look for
            return;
        }

        if (ExchangeProof.Of(exchange, _pairs) is not { } proof)
        {
            _next.OnExchange(exchange);
            return;
        }

        var role = exchange.Connection.Role;
        var other = role == EndpointRole.Client ? EndpointRole.Server : EndpointRole.Client;
        if (_byProof.TryGetValue((proof, other), out var held) && held.Exchange is { } view && TryJoin(exchange, view, held))
        {
            return;
        }

        if (_shown.Take((proof, other)) is { } before && Agree(exchange, before) && Rank(exchange) >= Rank(before))
        {
            Late++;
            return;
        }

        mayBeAhead = mayBeAhead && proof.Position == 0;
        if ((_pairs.HasMirror(exchange.Connection) || (mayBeAhead && Rank(exchange) > 0)) && !_byProof.ContainsKey((proof, role)))
        {
            Hold(exchange, proof, role);
            return;
        }

        if (mayBeAhead)
        {
            _shown.Add((proof, role), exchange, _now);
        }

        _next.OnExchange(exchange);
    }

    /// <summary>Time goes on (nanoseconds since the Unix epoch): what has waited long enough goes on alone.</summary>
    public void Advance(long now)
    {
        if (now <= _now)
        {
            return;
        }

        _now = now;
        ReleaseUntil(now);
        _shown.Advance(now);

        // Longer than any wait: the other view of a short connection may come that late.
        _pairs.Forget(now - ((PatienceWithParts + 1) * _maxWait));
    }

    /// <summary>The trace ends: everything that waits goes on.</summary>
    public void Flush()
    {
        ReleaseUntil(long.MaxValue);
    }

    /// <summary>
    /// The same for exchanges that still run, which are looked at all at once: of two views with the same proof the
    /// client's stays.
    /// </summary>
    public IReadOnlyList<Exchange> SelectInFlight(IReadOnlyList<Exchange> running)
    {
        ArgumentNullException.ThrowIfNull(running);
        if (_side == SideSelection.Both)
        {
            return running;
        }

        if (_side != SideSelection.Auto)
        {
            return [.. running.Where(Wanted)];
        }

        var clients = new Dictionary<ExchangeProof, Exchange>();
        foreach (var exchange in running.Where(static e => e.Connection.Role == EndpointRole.Client))
        {
            if (ExchangeProof.Of(exchange, _pairs) is { } proof)
            {
                clients.TryAdd(proof, exchange);
            }
        }

        return [.. running.Where(exchange => !IsShownByClient(exchange, clients))];
    }

    private bool IsShownByClient(Exchange exchange, Dictionary<ExchangeProof, Exchange> clients) =>
        exchange.Connection.Role == EndpointRole.Server && ExchangeProof.Of(exchange, _pairs) is { } proof
        && clients.TryGetValue(proof, out var client) && ExchangeProof.Agree(client, exchange);

    // A Unix socket's client is told of when its first call has returned. Inside of it the processor may go to the server, whose first
    // exchange is over then before its other end is known.
    private static bool MayBeAheadOfItsMirror(ConnectionInfo connection) =>
        connection is { Role: EndpointRole.Server, Local: null, Inode: not 0 };

    private static long LastTime(Exchange exchange) =>
        exchange.Response.Seen ? exchange.Response.Last.Exit : exchange.Request.Last.Exit;

    private bool Wanted(Exchange exchange) =>
        exchange.Connection.Role == (_side == SideSelection.Server ? EndpointRole.Server : EndpointRole.Client);

    private void Select(Exchange exchange)
    {
        if (Wanted(exchange))
        {
            _next.OnExchange(exchange);
        }
        else
        {
            Unwanted++;
        }
    }

    private bool TryJoin(Exchange exchange, Exchange view, Held held)
    {
        if (!Agree(exchange, view))
        {
            return false;
        }

        var (client, server) = exchange.Connection.Role == EndpointRole.Client ? (exchange, view) : (view, exchange);
        _byProof.Remove(held.Key);
        held.Exchange = null;
        Merged++;
        var (shown, attached) = Rank(client) <= Rank(server) ? (client, server) : (server, client);
        shown.OtherEnd = attached;
        _next.OnExchange(shown);
        return true;
    }

    private static bool Agree(Exchange exchange, Exchange other) => exchange.Connection.Role == EndpointRole.Client
        ? ExchangeProof.Agree(exchange, other)
        : ExchangeProof.Agree(other, exchange);

    // Lower is better: an answer that was seen, then a whole one.
    private static int Rank(Exchange exchange) =>
        (exchange.State is ExchangeState.Done or ExchangeState.OneWay ? 0 : 4) + (int)exchange.Completeness.Kind;

    private void Hold(Exchange exchange, ExchangeProof proof, EndpointRole role)
    {
        var held = new Held(exchange, (proof, role), _now, Taken++);
        _byProof.Add(held.Key, held);
        (Rank(exchange) == 0 ? _whole : _parts).Add(held);
        if (_byProof.Count > _maxHeld)
        {
            ReleaseOldest(_whole.Oldest, _parts.Oldest);
        }
    }

    // In the order in which they began to wait, as far as they have waited long enough.
    private void ReleaseUntil(long now)
    {
        while ((_whole.OldestDue(now), _parts.OldestDue(now)) is var (whole, parts) && (whole ?? parts) is not null)
        {
            ReleaseOldest(whole, parts);
        }
    }

    private void ReleaseOldest(Held? whole, Held? parts)
    {
        var isPart = whole is null || parts?.Number < whole.Number;
        Release((isPart ? _parts : _whole).Dequeue());
    }

    private void Release(Held held)
    {
        if (held.Exchange is { } exchange)
        {
            _byProof.Remove(held.Key);
            Alone++;
            _shown.Add(held.Key, exchange, _now);
            _next.OnExchange(exchange);
        }
    }

    /// <summary>Views that wait equally long, the first one first.</summary>
    private sealed class Waiting(long patience)
    {
        private readonly Queue<Held> _order = [];

        /// <summary>The one that waits longest; null when none does.</summary>
        public Held? Oldest
        {
            get
            {
                while (_order.TryPeek(out var oldest))
                {
                    if (oldest.Exchange is not null)
                    {
                        return oldest;
                    }

                    _order.Dequeue();
                }

                return null;
            }
        }

        public void Add(Held held) => _order.Enqueue(held);

        public Held Dequeue() => _order.Dequeue();

        /// <summary>The same, when it has waited long enough.</summary>
        public Held? OldestDue(long now) => Oldest is { } oldest && now - oldest.Since >= patience ? oldest : null;
    }

    private sealed class Held(Exchange exchange, (ExchangeProof Proof, EndpointRole Role) key, long since, long number)
    {
        /// <summary>The view that waits; null once it found the other.</summary>
        public Exchange? Exchange { get; set; } = exchange;

        public (ExchangeProof Proof, EndpointRole Role) Key { get; } = key;

        public long Since { get; } = since;

        /// <summary>So many had waited before it.</summary>
        public long Number { get; } = number;
    }
}
