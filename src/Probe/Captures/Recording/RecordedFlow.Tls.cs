// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <content>
/// TLS: what stands in the clear in front of it (MySQL's greeting) and the plaintext are one stream of bytes here, as if there
/// had been no TLS. No ciphertext is ever in it.
/// </content>
internal sealed partial class RecordedFlow
{
    private const int SslRequest = 36; // MySQL's packet: a header and 32 bytes, shorter than any login

    private bool _isInPlaintext; // its first plaintext call is placed
    private bool _hasMoved; // plaintext of the current object was placed
    private bool _isAfresh; // an object before the current one had plaintext
    private Direction? _request; // the direction that asked for TLS in MySQL's words

    /// <summary>The TLS object whose ciphertext it carries; null while none is known.</summary>
    public RecordedTls? Tls { get; private set; }

    /// <summary>The object, as a file that begins now says it.</summary>
    public RecordedTls? TlsFromNow => Tls is { } tls ? tls with { FromStart = tls.FromStart && !_hasMoved } : null;

    /// <summary>Its bytes are plaintext from now on: those of the socket are ciphertext, and nobody's.</summary>
    public bool IsPlaintext { get; set; }

    /// <summary>What is held is to be written with the next call, unless that shows that it was ciphertext.</summary>
    public bool IsHeldDue { get; set; }

    /// <summary>The engine saw that TLS begins, and no call after that was taken: so there is no ciphertext in the stream.</summary>
    public bool IsTlsSeen { get; set; }

    /// <summary>Another object than before, if there was one.</summary>
    public void Bind(SegmentSource source, bool fromStart, PeerProof proof)
    {
        Tls = new RecordedTls(source, fromStart, proof, (Tls?.Number ?? 0) + 1);
        _isAfresh |= _hasMoved;
        _isInPlaintext = _hasMoved = false;
    }

    /// <summary>
    /// True when plaintext that begins now can't go on in the same TCP stream: another object's is in it, or what may be
    /// ciphertext.
    /// </summary>
    public bool NeedsOtherStream => !_isInPlaintext && HasPackets && (_isAfresh || (!IsTlsSeen && !IsAtBegin));

    private bool IsAtBegin => _streams[0].IsAtBegin && _streams[1].IsAtBegin;

    /// <summary>Another TCP stream of the same addresses, behind the FINs of the one before.</summary>
    public void BeginOtherStream()
    {
        _isAfresh = false;
        foreach (var stream in _streams)
        {
            stream.End = stream.Base = unchecked(stream.End + 2);
            stream.IsFinished = false;
        }
    }

    /// <summary>The first plaintext call comes: its offset 0 stands behind what there is.</summary>
    public void BeginPlaintext()
    {
        if (_isInPlaintext)
        {
            return;
        }

        _isInPlaintext = true;
        foreach (var stream in _streams)
        {
            stream.IsKnown = true;
            stream.Shift = stream.End;
        }
    }

    /// <summary>
    /// True for the calls with MySQL's SSLRequest: behind that packet other programs expect ciphertext, and would take what
    /// follows for broken.
    /// </summary>
    public bool IsSslRequest(in Segment segment)
    {
        if (_withKeys || _isInPlaintext || segment.Source.IsTlsPlaintext() || !Start.FromStart || !(Protocol is Protocol.MySql or Protocol.Tls))
        {
            return false;
        }

        var stream = _streams[(int)segment.Direction];
        if (!stream.IsKnown || !stream.IsAtBegin || segment.StreamOffset - stream.Base >= SslRequest)
        {
            return false;
        }

        if (segment.StreamOffset == stream.Base && segment.Head.StartsWith((ReadOnlySpan<byte>)[SslRequest - 4, 0, 0, 1]))
        {
            _request = segment.Direction;
        }

        return _request == segment.Direction;
    }
}
