// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Connections;

/// <content>
/// TLS: the plaintext is the same connection's, from another source and with offsets of its own. From its first segment on
/// the socket's bytes, which are ciphertext then, are nobody's. A protocol that changed to TLS in its own words (MySQL's
/// SSLRequest) goes on with what it knows; all else is found in the plaintext as on a new connection.
/// </content>
internal sealed partial class ConnectionTracker
{
    private bool _isPlaintext;
    private bool? _plaintextFromStart; // of the TLS object that is bound; null while none is
    private bool _isRebound; // to another object than the first, whose plaintext counts from 0 again
    private bool _isPlaintextWhole;

    /// <summary>As <see cref="TraceEngine.BindTls"/>.</summary>
    public void BindTls(SegmentSource source, bool fromStart)
    {
        _isRebound |= _plaintextFromStart is not null;
        _plaintextFromStart = fromStart;
        if (!_isPlaintext)
        {
            return; // it begins with its first segment: what the socket moved before that may still be on its way
        }

        // Another object than the one before: nothing of that one goes on.
        try
        {
            if (!_detection.IsGivenUp)
            {
                ReadToTheEnd();
            }

            _states[0] = _states[1] = default;
            _invalid = 0;
            Abandon();
            _isPlaintextWhole = false;
            RestartInPlaintext(source);
        }
        catch (Exception e) when (IsParserFault(e))
        {
            Fail();
        }
    }

    private bool IsToRead(SegmentSource source)
    {
        if (source.IsTlsPlaintext() && !_isPlaintext)
        {
            BeginPlaintext(source);
        }

        return source.IsTlsPlaintext() == _isPlaintext && !_detection.IsGivenUp;
    }

    private void BeginPlaintext(SegmentSource source)
    {
        _isPlaintext = true;
        if (!_detection.IsGivenUp)
        {
            ReadToTheEnd(); // what stood in the clear in front of the handshake
        }

        if (_detection.GivenUpAs == Protocol.MySqlX)
        {
            return; // that is what it is in TLS, too
        }

        // An object that was made before the connection was seen need not be its first.
        _isPlaintextWhole = !_isRebound && Connection.FromStart && (_plaintextFromStart ?? true);

        _states[0] = _states[1] = default;
        _invalid = 0;
        if (_session is { } session && session.TryContinueInTls(source))
        {
            _isWhole = true;
            _streams = MakePlaintextStreams(_plaintextFromStart ?? true);
            _detection.Resume(session.Protocol);
            return;
        }

        Abandon();
        RestartInPlaintext(source);
    }

    private void RestartInPlaintext(SegmentSource source)
    {
        var fromStart = _plaintextFromStart ?? Connection.FromStart;
        _isOver = false;
        _streams = MakePlaintextStreams(fromStart);
        _detection = new ConnectionDetection(Connection, source, _services, this, fromStart);
    }

    private void MarkPlaintext(Exchange exchange) => exchange.IsPlaintextWhole = exchange.Tls && _isPlaintextWhole;

    private void VisitMarked(Action<Exchange> visitor) => _session?.VisitInFlight(exchange =>
    {
        MarkPlaintext(exchange);
        visitor(exchange);
    });

    private DirectionStream[] MakePlaintextStreams(bool fromStart)
    {
        // Offsets begin at 0 with what is seen of an object first, so that what is missing before that is a hole too.
        return [MakeStream(Direction.Egress, 0, fromStart), MakeStream(Direction.Ingress, 0, fromStart)];
    }
}
