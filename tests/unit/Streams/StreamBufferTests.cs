// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Streams;
using Xunit;

namespace L7Trace.UnitTests.Streams;

public sealed class StreamBufferTests
{
    [Fact]
    public void What_is_added_and_not_dropped_is_there_in_order()
    {
        var random = new Random(1);
        var buffer = default(StreamBuffer);
        var expected = new List<byte>();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(random.Next(2) == 0 ? 20 : 3000)];
            random.NextBytes(bytes);
            buffer.Append(bytes);
            expected.AddRange(bytes);
            var count = random.Next(3) switch
            {
                0 => 0,
                1 => random.Next(expected.Count + 1),
                _ => expected.Count < 50_000 ? Math.Min(expected.Count, 1) : expected.Count,
            };
            buffer.Drop(count);
            expected.RemoveRange(0, count);
            Assert.True(buffer.Unread.ToArray().AsSpan().SequenceEqual(expected.ToArray()));
        }

        buffer.Clear();
        Assert.Equal(0, buffer.Unread.Count);
    }
}
