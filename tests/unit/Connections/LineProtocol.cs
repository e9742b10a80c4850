// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Streams;

namespace L7Trace.UnitTests.Connections;

/// <summary>The smallest protocol that needs a tracker: "?7" and a newline asks, "!7" and a newline answers.</summary>
internal sealed class LineProtocol : IProtocolDetector
{
    public Protocol Protocol => Protocol.Http1;

    public List<SessionContext> Made { get; } = [];

    public DetectionResult Detect(
        ReadOnlySequence<byte> bytes, Direction direction, EndpointRole role, bool fromStart, ulong callLength) =>
        bytes.FirstSpan[0] switch
        {
            (byte)'?' => bytes.Length < 2 ? DetectionResult.Maybe : DetectionResult.FromClient,
            (byte)'!' => bytes.Length < 2 ? DetectionResult.Maybe : DetectionResult.FromServer,
            _ => DetectionResult.No,
        };

    public IProtocolSession CreateSession(SessionContext context)
    {
        Made.Add(context);
        return new Session(context);
    }

    internal sealed class LineExchange : Exchange
    {
        public override Protocol Protocol => Protocol.Http1;

        public override bool IsError => false;

        public string? Question { get; init; }

        public string? Answer { get; init; }
    }

    private sealed class Session(SessionContext context) : IProtocolSession
    {
        private readonly Queue<string> _questions = [];

        public Protocol Protocol => Protocol.Http1;

        public ParseStatus Read(Direction direction, StreamWindow window)
        {
            while (window.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.ASCII.GetString(window.Buffer.Slice(0, end).ToArray());
                if (line == "?crash")
                {
                    throw new InvalidOperationException("a bug");
                }

                if (line.Length < 2 || line[0] != (direction == context.RequestDirection ? '?' : '!'))
                {
                    return ParseStatus.InvalidData;
                }

                if (direction == context.RequestDirection)
                {
                    _questions.Enqueue(line);
                }
                else if (_questions.Count > 0 || window.MustNotWait)
                {
                    _questions.TryDequeue(out var question);
                    context.Handler.OnExchange(
                        new LineExchange { Connection = context.Connection, Question = question, Answer = line });
                }
                else
                {
                    return ParseStatus.AwaitRequest;
                }

                window.Advance(line.Length + 1);
                if (line == "!end")
                {
                    return ParseStatus.EndOfProtocol;
                }
            }

            return ParseStatus.NeedMoreData;
        }

        public bool OnGap(Direction direction, StreamWindow window, ulong length)
        {
            _questions.Clear();
            return false;
        }

        public int TryResync(Direction direction, StreamWindow window) => window.Span[0] switch
        {
            (byte)'?' or (byte)'!' => 0,
            (byte)'~' => IProtocolSession.MoreNeeded,
            _ => IProtocolSession.NoBoundary,
        };

        public void OnEndOfStream(Direction direction, SegmentTime time)
        {
        }

        public void OnClose(long time)
        {
            foreach (var question in _questions)
            {
                context.Handler.OnExchange(new LineExchange { Connection = context.Connection, Question = question });
            }
        }

        public void VisitInFlight(Action<Exchange> visitor)
        {
            foreach (var question in _questions)
            {
                visitor(new LineExchange { Connection = context.Connection, Question = question });
            }
        }
    }
}
