// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Which request does a response answer? HTTP/1 has no numbers: responses come in the order of the requests (RFC 9112
/// section 9.3.2), so only counting tells, and counting is over once bytes with framing in them are missing.
/// <list type="bullet">
/// <item>Both directions seen from their first byte on: the oldest unanswered request is <em>proven</em> to be the
/// one. A response sent before it can't be its answer (a server's 408 to an idle client): it stays an orphan.</item>
/// <item>Requests lost: the requests before the gap are proven still; those behind it are not. Responses lost: none is
/// proven any more, for what was answered inside the gap is not known.</item>
/// <item>An unproven request is paired only while its connection is <em>half-duplex</em>: no request was ever sent
/// before the response to the one before it had ended. Then at most one is outstanding, the one sent last before the
/// response. A connection joined in the middle is taken for half-duplex until it shows otherwise. One that was seen
/// from its start and lost bytes must have shown it: <see cref="TurnsBeforeLoss"/> times before the loss, or
/// <see cref="TurnsToTrust"/> times after it, where less is proven (until then request and response go out apart).</item>
/// <item>The first response behind lost responses: a request that looks outstanding may have been answered in the
/// gap, and the one answered here may not have come up yet. It is paired with the last request sent before it when the
/// next request has been seen too, with nothing lost between the two; else it is an orphan.</item>
/// <item>More requests without an answer than are kept are pipelining, and those too many are lost. This is taken back where the next that is
/// told of the answers is that some are missing: all of them may have been held back behind the missing ones while a half-duplex client went
/// on. The times of the answers show which, and trust has to be won anew.</item>
/// <item>A connection that pipelines and has lost framing (or was joined in the middle) is paired no more: an observer
/// can't prove that nothing is outstanding, however quiet it gets.</item>
/// </list>
/// What can't be excluded: a client that always has the same number of requests in flight, joined in the middle or with
/// its very first exchanges lost, looks like a half-duplex one shifted by that number. So does one that was half-duplex and begins to pipeline
/// in the very turn of which something is lost.
/// </summary>
internal sealed class Http1Pairing
{
    /// <summary>Request-response turns seen from the start that make a connection count as half-duplex.</summary>
    public const int TurnsBeforeLoss = 4;

    /// <summary>Request-response turns seen after a loss that make a connection count as half-duplex.</summary>
    public const int TurnsToTrust = 32;

    private readonly List<Http1Message> _outstanding = [];
    private readonly List<Http1Message> _givenUp = [];
    private readonly int _maxOutstanding;
    private readonly bool _isServer;
    private bool _proven;             // of the next request
    private bool _lost;               // framing was lost at least once
    private bool _pipelining;
    private bool _overflown;          // that is why, and no answer has come since
    private int _turnsBeforeLoss;
    private int _turns;
    private ulong _nextIndex;
    private ulong _answeredIndex = ulong.MaxValue - 1;
    private long _answeredEnd;
    private bool _responsesLost;
    private long _responsesSince = long.MinValue;
    private long _orphan = long.MinValue;

    /// <summary>
    /// Begins. <paramref name="fromStart"/>: both directions are at their first byte. <paramref name="joined"/>: the
    /// connection is older than the trace (and not one whose first bytes were lost).
    /// </summary>
    public Http1Pairing(bool isServer, bool fromStart, bool joined, int maxOutstanding)
    {
        _isServer = isServer;
        _proven = fromStart;
        _lost = !fromStart && !joined;
        _maxOutstanding = maxOutstanding;
    }

    /// <summary>Requests without a response, oldest first.</summary>
    public IReadOnlyList<Http1Message> Outstanding => _outstanding;

    /// <summary>Requests that were given up since this list was last emptied.</summary>
    public List<Http1Message> GivenUp => _givenUp;

    /// <summary>True when a pair made now may be shown as one exchange.</summary>
    public bool IsTrusted => !_pipelining && (!_lost || _turnsBeforeLoss >= TurnsBeforeLoss || _turns >= TurnsToTrust);

    /// <summary>True when unproven requests are not paired at all.</summary>
    private bool IsOver => _pipelining && !_proven;

    /// <summary>The head of a request was read.</summary>
    public void OnRequest(Http1Message request)
    {
        var time = TimeOf(request);
        request.Index = _nextIndex++;
        request.IsProven = _proven;
        if (_answeredIndex + 1 == request.Index)
        {
            CompareTurn(time);
        }

        if (!_proven && _answeredIndex + 1 == request.Index && _orphan >= _answeredEnd && _orphan < time)
        {
            NotePipelining(); // two responses to the one request before this one
        }

        if (time <= _orphan)
        {
            // Its response may be one that was given to nobody. From now on counting is over.
            Unprove();
            GiveUp(request);
        }
        else if (IsOver)
        {
            GiveUp(request);
        }
        else if (_outstanding.Count >= _maxOutstanding)
        {
            OnRequestsLost();
            _overflown |= !_pipelining;
            _pipelining = true;
            GiveUp(request);
        }
        else
        {
            _outstanding.Add(request);
        }
    }

    /// <summary>
    /// A response begins, moved at <paramref name="first"/>. With <see cref="PairingDecision.Pair"/> the request is
    /// taken out of the outstanding ones.
    /// </summary>
    public PairingDecision Decide(SegmentTime first, bool mustNotWait, out Http1Message? request)
    {
        var time = StartOf(first);
        if (_overflown)
        {
            _overflown = false; // no answer is missing in front of this one: so many requests were sent at once
            NotePipelining();
        }

        if (_responsesLost)
        {
            _responsesLost = false;
            _responsesSince = time;
        }

        var decision = Choose(time, mustNotWait, out var index);
        request = null;
        if (decision == PairingDecision.Pair)
        {
            request = _outstanding[index];
            GiveUpFirst(index);
            _outstanding.RemoveAt(0);
        }
        else if (decision == PairingDecision.Orphan)
        {
            _orphan = Math.Max(_orphan, time);
        }

        return decision;
    }

    /// <summary>The response to a request has ended, moved at <paramref name="last"/>.</summary>
    public void OnResponseEnd(Http1Message request, SegmentTime last)
    {
        _answeredIndex = request.Index;
        _answeredEnd = EndOf(last);
        if (_outstanding.Count > 0 && _outstanding[0].Index == request.Index + 1)
        {
            CompareTurn(TimeOf(_outstanding[0]));
        }
    }

    /// <summary>Requests may be missing behind the last one seen.</summary>
    public void OnRequestsLost()
    {
        Lose();
        _nextIndex++;
        _proven = false;
    }

    /// <summary>Responses may be missing behind the last one seen.</summary>
    public void OnResponsesLost()
    {
        if (_overflown)
        {
            (_overflown, _pipelining) = (false, false);
            _turnsBeforeLoss = _turns = 0;
        }

        Lose();
        _responsesLost = true;
        Unprove();
    }

    /// <summary>The connection was joined in the middle, and responses may be missing since then.</summary>
    public void OnResponsesNotJoined() => _responsesLost = true;

    /// <summary>Gives up everything that is outstanding.</summary>
    public void GiveUpAll() => GiveUpFirst(_outstanding.Count);

    private PairingDecision Choose(long time, bool mustNotWait, out int index)
    {
        index = 0;
        var wait = mustNotWait || IsOver ? PairingDecision.Orphan : PairingDecision.Wait;
        if (_outstanding.Count == 0)
        {
            return wait;
        }

        if (TimeOf(_outstanding[0]) > time)
        {
            return PairingDecision.Orphan; // all requests sent before it were seen already
        }

        if (_outstanding[0].IsProven)
        {
            return PairingDecision.Pair;
        }

        while (index + 1 < _outstanding.Count && TimeOf(_outstanding[index + 1]) <= time)
        {
            index++;
        }

        var candidate = _outstanding[index];
        if (TimeOf(candidate) > _responsesSince)
        {
            if (index > 0 && TimeOf(_outstanding[index - 1]) > _responsesSince)
            {
                NotePipelining();
                return PairingDecision.Orphan;
            }

            return PairingDecision.Pair;
        }

        if (index + 1 < _outstanding.Count && _outstanding[index + 1].Index == candidate.Index + 1)
        {
            return PairingDecision.Pair;
        }

        if (index + 1 < _outstanding.Count || mustNotWait)
        {
            GiveUpFirst(index + 1);
            return PairingDecision.Orphan;
        }

        return PairingDecision.Wait;
    }

    private void CompareTurn(long nextRequest)
    {
        if (nextRequest < _answeredEnd)
        {
            NotePipelining();
        }
        else
        {
            _turns++;
        }
    }

    private void NotePipelining()
    {
        _pipelining = true;
        GiveUpUnproven();
    }

    private void Lose()
    {
        if (!_lost)
        {
            _lost = true;
            _turnsBeforeLoss = _turns;
            _turns = 0;
        }
    }

    private void Unprove()
    {
        Lose();
        _proven = false;
        foreach (var request in _outstanding)
        {
            request.IsProven = false;
        }

        if (_pipelining)
        {
            GiveUpUnproven();
        }
    }

    private void GiveUpUnproven()
    {
        var proven = 0;
        while (proven < _outstanding.Count && _outstanding[proven].IsProven)
        {
            proven++;
        }

        for (var i = proven; i < _outstanding.Count; i++)
        {
            GiveUp(_outstanding[i]);
        }

        _outstanding.RemoveRange(proven, _outstanding.Count - proven);
    }

    private void GiveUpFirst(int count)
    {
        if (count == 0)
        {
            return;
        }

        for (var i = 0; i < count; i++)
        {
            GiveUp(_outstanding[i]);
        }

        _outstanding.RemoveRange(0, count);
    }

    private void GiveUp(Http1Message request)
    {
        request.IsGivenUp = true;
        _givenUp.Add(request);
    }

    // The server has a request when its receive returns and has begun to answer when its send begins; the client has
    // begun to ask when its send begins and has an answer when its receive returns.
    private long TimeOf(Http1Message request) => _isServer ? request.Timing.First.Exit : request.Timing.First.Enter;

    private long StartOf(SegmentTime first) => _isServer ? first.Enter : first.Exit;

    private long EndOf(SegmentTime last) => _isServer ? last.Enter : last.Exit;
}
