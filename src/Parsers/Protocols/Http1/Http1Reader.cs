// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Reads start line and header block (RFC 9112 sections 2 to 5) as they come: every byte is looked at once and
/// consumed at once, so it can stop and go on anywhere. Bare LF and obs-fold are taken.
/// </summary>
internal static class Http1Reader
{
    /// <summary>A header block of more bytes than this times <see cref="ParseLimits.MaxHeaderBlock"/> is none.</summary>
    private const int MaxBlocks = 16;

    /// <summary>Drops empty lines in front of a message (RFC 9112 section 2.2); true when there were any.</summary>
    public static bool SkipEmptyLines(StreamWindow window)
    {
        var any = false;
        while (!window.IsEmpty)
        {
            var span = window.Span;
            var count = span.IndexOfAnyExcept((byte)'\r', (byte)'\n');
            if (count == 0)
            {
                break;
            }

            any = true;
            window.Advance(count < 0 ? span.Length : count);
        }

        return any;
    }

    /// <summary>
    /// Reads on. Done: the empty line behind the headers was consumed. InvalidData: no HTTP/1 message begins here, or
    /// its head is larger than any that is accepted.
    /// </summary>
    public static ParseStatus Read(StreamWindow window, Http1Head head, ref MessageTiming timing, int maxHeaderBlock)
    {
        while (!window.IsEmpty)
        {
            var span = window.Span;
            var at = 0;
            while (at < span.Length)
            {
                // Nearly every line lies there whole and has no byte that matters: one search, one copy.
                var rest = span[at..];
                var end = rest.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
                if (end >= 0 && end + 1 < rest.Length && rest[end] == '\r' && rest[end + 1] == '\n' && head.TryTakeLine(rest[..end]))
                {
                    at += end + 2;
                    if (head.IsDone)
                    {
                        window.Consume(ref timing, at);
                        return ParseStatus.Done;
                    }

                    continue;
                }

                end = rest.IndexOf((byte)'\n');
                if (!head.Append(end < 0 ? span[at..] : span.Slice(at, end)) || (end >= 0 && !head.EndLine()))
                {
                    return ParseStatus.InvalidData;
                }

                at = end < 0 ? span.Length : at + end + 1;
                if (head.IsDone)
                {
                    window.Consume(ref timing, at);
                    return ParseStatus.Done;
                }
            }

            window.Consume(ref timing, at);
            if (timing.EndOffset - timing.StartOffset > (ulong)maxHeaderBlock * MaxBlocks)
            {
                return ParseStatus.InvalidData;
            }
        }

        return ParseStatus.NeedMoreData;
    }
}
