// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;

namespace L7Trace.Export.Otlp.Sending;

/// <summary>
/// google.rpc.RetryInfo in the details of a gRPC status: how long the collector wants to be left alone. Three messages of
/// which one number is wanted, so they are read by hand: Status { details = 3 }, Any { type_url = 1, value = 2 },
/// RetryInfo { retry_delay = 1 }, Duration { seconds = 1, nanos = 2 }.
/// </summary>
internal static class RetryInfo
{
    /// <summary>The trailer that has them.</summary>
    public const string Trailer = "grpc-status-details-bin";

    private const string Type = "/google.rpc.RetryInfo";
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>The delay; null when there is none, or what is there makes no sense.</summary>
    public static TimeSpan? DelayOf(byte[]? status)
    {
        if (status is null)
        {
            return null;
        }

        try
        {
            foreach (var detail in Fields(status, 3))
            {
                if (Fields(detail, 1).Any(static url => url.ToStringUtf8().EndsWith(Type, StringComparison.Ordinal)) &&
                    Fields(detail, 2).FirstOrDefault() is { } info && Fields(info, 1).FirstOrDefault() is { } delay)
                {
                    return DurationOf(delay);
                }
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // The status stands without it.
        }

        return null;
    }

    private static TimeSpan? DurationOf(ByteString duration)
    {
        long seconds = 0, nanoseconds = 0;
        using var input = duration.CreateCodedInput();
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case 1 << 3:
                    seconds = input.ReadInt64();
                    break;
                case 2 << 3:
                    nanoseconds = input.ReadInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return seconds >= 0 && seconds <= _longest.TotalSeconds && nanoseconds is >= 0 and < 1_000_000_000
            ? TimeSpan.FromSeconds(seconds) + TimeSpan.FromMicroseconds(nanoseconds / 1000)
            : null;
    }

    private static List<ByteString> Fields(ByteString message, int number)
    {
        var found = new List<ByteString>();
        using var input = message.CreateCodedInput();
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == (uint)((number << 3) | 2))
            {
                found.Add(input.ReadBytes());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }

    private static List<ByteString> Fields(byte[] message, int number) => Fields(UnsafeByteOperations.UnsafeWrap(message), number);
}
