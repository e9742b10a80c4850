// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Finds the next message after lost framing. Only a place where a call begins is believed, and only when a whole
/// start line and a header line stand there: a body that holds the text of a message is rarely cut right there. The
/// method must be a known one, or the rest of a method whose beginning was lost would be taken for one.
/// </summary>
internal static class Http1Resync
{
    /// <summary>As <see cref="IProtocolSession.TryResync"/>.</summary>
    public static int Find(StreamWindow window, bool isRequest)
    {
        var at = window.CallStart == window.Offset ? window.Offset : window.CallEndAt(window.Offset);
        while (at >= window.Offset && at < window.EndOffset)
        {
            var skip = at - window.Offset;
            switch (Http1Shape.Of(window.Buffer.Slice((long)skip), isRequest, knownMethod: true))
            {
                case Http1ShapeKind.Header:
                    return skip <= int.MaxValue ? (int)skip : IProtocolSession.NoBoundary;
                case Http1ShapeKind.Partial or Http1ShapeKind.StartLine:
                    return IProtocolSession.MoreNeeded;
            }

            var end = window.CallEndAt(at);
            if (end <= at)
            {
                break;
            }

            at = end;
        }

        return IProtocolSession.NoBoundary;
    }
}
