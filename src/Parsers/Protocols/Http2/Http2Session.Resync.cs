// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http2;

/// <content>What is known of a direction whose framing is lost, and where its frames are found again.</content>
internal sealed partial class Http2Session
{
    private const int SettingSize = 6;
    private const int MaxFrameSetting = 5; // SETTINGS_MAX_FRAME_SIZE

    private readonly Http2Resync _requestResync;
    private readonly Http2Resync _responseResync;
    private bool _areRequestsMissed; // streams may have begun that nobody saw
    private int? _maxRequestFrame;   // the longest frames that each side may send; null: not known
    private int? _maxResponseFrame;

    /// <inheritdoc/>
    public int TryResync(Direction direction, StreamWindow window)
    {
        var isRequest = direction == _requestDirection;
        if (!(isRequest ? _requestsLost : _responsesLost))
        {
            Lose(isRequest); // the tracker gave up waiting
        }

        if (isRequest)
        {
            _prefaceLeft = 0;
            if (window.Offset == window.CallStart && Http2Shape.StartsWithPreface(window.Buffer) == true)
            {
                return Http2Shape.Preface.Length;
            }
        }

        if (HasTunnel)
        {
            Miss(isRequest);
            return IProtocolSession.NoBoundary; // frames inside of it can't be told from those of this connection
        }

        var before = window.Offset;
        var skip = ResyncOf(isRequest).Find(window);
        if (skip > 0 || window.Offset != before)
        {
            Miss(isRequest);
        }

        if (skip >= 0)
        {
            ResyncOf(isRequest).Reset();
        }

        return skip;
    }

    /// <summary>The longest payload that a frame of one direction can have (SETTINGS_MAX_FRAME_SIZE of the other); null when not known.</summary>
    internal int? MaxFrame(bool isRequest) => isRequest ? _maxRequestFrame : _maxResponseFrame;

    /// <summary>False when what is known of the streams speaks against this frame in a direction whose framing is lost.</summary>
    public bool MayBeStream(in Http2FrameHeader frame, bool isRequest)
    {
        const uint Ahead = 2 * 1024, Missed = 2 * 1024 * 1024;
        var id = frame.StreamId;
        if ((id & 1) == 0 || id > _lastRequest)
        {
            return (id & 1) == 0 || _lastRequest == 0 || id <= _lastRequest + (isRequest || _areRequestsMissed ? Missed : Ahead);
        }

        // Of a stream that is over only its end may still be talked about, or what was on its way when it was reset.
        return _areRequestsMissed || frame.Type is not (Http2FrameType.Data or Http2FrameType.Headers) ||
               _streams.Find(id) is not null || _streams.WasReset(id);
    }

    private Http2Resync ResyncOf(bool isRequest) => isRequest ? _requestResync : _responseResync;

    // What runs in a tunnel may be HTTP/2, too.
    private bool HasTunnel => _streams.All.Any(static s => s is { AsksForWebSocket: false } && s.Request.Fields[":method"] == "CONNECT");

    private void OnSettings(bool isClients, ReadOnlySpan<byte> payload)
    {
        ref var most = ref isClients ? ref _maxResponseFrame : ref _maxRequestFrame;
        most = payload.IsEmpty ? null : most ?? Http2FrameHeader.DefaultMaxLength;
        for (; payload.Length >= SettingSize; payload = payload[SettingSize..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(payload) == MaxFrameSetting)
            {
                most = (int)Math.Max((uint)most!.Value, Math.Min(ReadUInt32(payload[2..]), Http2FrameHeader.MaxLength));
            }
        }
    }
}
