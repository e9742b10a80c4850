// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Connections;

/// <summary>
/// Finds the protocol of one connection from its first bytes, or from the first call boundary that shows it when the
/// connection was joined in the middle. Bytes that show nothing are dropped, a few calls long; then it is given up.
/// </summary>
internal sealed class ConnectionDetection
{
    private const int MaxCalls = 32;          // per direction, joined in the middle
    private const int MaxCallsFromStart = 4;  // per direction, seen from the first byte

    private readonly ConnectionInfo _connection;
    private readonly SegmentSource _source;
    private readonly TrackerServices _services;
    private readonly IExchangeHandler _handler;
    private readonly int[] _calls = new int[2];
    private readonly SegmentTime?[] _dropped = new SegmentTime?[2]; // the last byte that nobody recognised
    private HttpExchange? _upgraded;
    private bool _fromStart;
    private bool _isMissing;
    private bool _isDropped; // bytes that nobody recognised may have held messages

    public ConnectionDetection(
        ConnectionInfo connection, SegmentSource source, TrackerServices services, IExchangeHandler handler, bool? fromStart = null)
    {
        _handler = handler;
        _connection = connection;
        _source = source;
        _services = services;
        _fromStart = fromStart ?? connection.FromStart;
    }

    /// <summary>True when nothing that is parsed was recognised: segments are of no use any more.</summary>
    public bool IsGivenUp => GivenUpAs != Protocol.Unknown;

    /// <summary>True when both directions are still at the first byte of the protocol.</summary>
    public bool FromStart => _fromStart && !_isDropped;

    /// <summary>
    /// Begins anew; <paramref name="fromStart"/>: what follows is the beginning of another protocol, in which
    /// <paramref name="upgraded"/> is answered.
    /// </summary>
    public void Restart(bool fromStart, HttpExchange? upgraded = null)
    {
        _upgraded = upgraded;
        _fromStart = fromStart;
        _isMissing = !fromStart;
        _isDropped = false;
        Array.Clear(_calls);
        Array.Clear(_dropped);
        _services.ProtocolFound(_connection.Id, Protocol.Unknown);
    }

    /// <summary>Bytes were lost before anything was recognised.</summary>
    public void OnGap()
    {
        _fromStart = false;
        _isMissing = true;
    }

    /// <summary>What it was given up as; Unknown when it was not.</summary>
    public Protocol GivenUpAs { get; private set; }

    /// <summary>The plaintext of the TLS, as which it was given up, is there, and its protocol is known.</summary>
    public void Resume(Protocol protocol)
    {
        GivenUpAs = Protocol.Unknown;
        _services.ProtocolFound(_connection.Id, protocol);
    }

    /// <summary>This connection is of no use.</summary>
    public void GiveUp(Protocol protocol)
    {
        GivenUpAs = protocol;
        _services.ProtocolFound(_connection.Id, protocol);
    }

    /// <summary>
    /// Looks at the window; null while nothing is recognised. Bytes that can't begin anything known are consumed.
    /// </summary>
    public IProtocolSession? Detect(Direction direction, StreamWindow window)
    {
        while (!window.IsEmpty && !IsGivenUp)
        {
            if (LooksLikeTls(window.Buffer))
            {
                GiveUp(Protocol.Tls);
                return null;
            }

            var maybe = false;
            foreach (var detector in _services.Detectors)
            {
                var result = Ask(detector, direction, window);
                if (result is DetectionResult.FromClient or DetectionResult.FromServer && AgreeOnRole(direction, result))
                {
                    return Create(detector);
                }

                maybe |= result == DetectionResult.Maybe;
            }

            if (maybe && window.Length < _services.Limits.MaxDetection)
            {
                return null;
            }

            DropCall(direction, window);
        }

        return null;
    }

    private DetectionResult Ask(IProtocolDetector detector, Direction direction, StreamWindow window)
    {
        var callLength = window.CallEnd - window.Offset;
        var result = detector.Detect(window.Buffer, direction, _connection.Role, _fromStart, callLength);
        if (result == DetectionResult.No && _connection.Role != EndpointRole.Unknown && !RoleIsProven)
        {
            result = detector.Detect(window.Buffer, direction, EndpointRole.Unknown, _fromStart, callLength);
        }

        return result;
    }

    private bool RoleIsProven =>
        _connection.RoleEvidence is RoleEvidence.Connect or RoleEvidence.Accept or RoleEvidence.Handshake;

    private bool AgreeOnRole(Direction direction, DetectionResult result)
    {
        var sentByClient = result == DetectionResult.FromClient;
        var role = sentByClient == (direction == Direction.Egress) ? EndpointRole.Client : EndpointRole.Server;
        if (_connection.Role == role)
        {
            return true;
        }

        if (RoleIsProven)
        {
            return false;
        }

        _connection.Role = role;
        _connection.RoleEvidence = RoleEvidence.FirstMessage;
        return true;
    }

    private IProtocolSession? Create(IProtocolDetector detector)
    {
        var context = new SessionContext(
            _connection, _handler, _services.Limits, FromStart, _isMissing || (_fromStart && _isDropped), _source)
        {
            Inflaters = _services.Inflaters,
            Shared = _services.Shared,
            UpgradedRequest = _upgraded,
            DroppedResponse = _dropped[(int)_connection.Role.RequestDirection().Opposite()],
        };
        if (detector.CreateSession(context) is { } session)
        {
            _services.ProtocolFound(_connection.Id, detector.Protocol);
            return session;
        }

        _services.Counters.Unparsed++;
        GiveUp(detector.Protocol);
        return null;
    }

    private void DropCall(Direction direction, StreamWindow window)
    {
        var length = Math.Min(window.Length, (long)Math.Max(1, window.CallEnd - window.Offset));
        _isDropped |= !ProxyHeader.Is(window.Buffer.Slice(0, length));
        _dropped[(int)direction] = window.TimeAt(window.Offset + (ulong)length - 1);
        window.Advance(length);
        var limit = _fromStart ? MaxCallsFromStart : MaxCalls;
        if (++_calls[(int)direction] >= limit)
        {
            GiveUp(Protocol.Other);
        }
    }

    // RFC 8446 section 5.1: handshake record, legacy version 3.x, a length that a record may have.
    private static bool LooksLikeTls(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[6];
        if (bytes.Length < start.Length)
        {
            return false;
        }

        bytes.Slice(0, start.Length).CopyTo(start);
        var length = (start[3] << 8) | start[4];
        return start[0] == 0x16 && start[1] == 3 && start[2] <= 4 && length is > 0 and <= 16384 + 256 &&
               (start[5] is 1 or 2);
    }
}
