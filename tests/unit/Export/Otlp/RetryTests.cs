// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Sending;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>When a batch is tried again.</summary>
public sealed class RetryTests
{
    [Theory]
    [InlineData(1, 0, 0.5)]
    [InlineData(1, 0.5, 1)]
    [InlineData(2, 0.5, 2)]
    [InlineData(3, 0.5, 4)]
    [InlineData(5, 0.5, 16)]
    [InlineData(6, 0.5, 16)]
    [InlineData(1000, 0, 8)]
    [InlineData(int.MaxValue, 0.99, 23.84)]
    public void The_wait_doubles_up_to_a_limit_and_chance_moves_it_by_half(int failures, double random, double seconds) =>
        Assert.Equal(seconds, RetrySchedule.DelayOf(failures, random, after: null).TotalSeconds, precision: 3);

    [Fact]
    public void What_the_collector_asks_for_is_the_least()
    {
        Assert.Equal(TimeSpan.FromSeconds(7), RetrySchedule.DelayOf(1, 0.5, TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(4), RetrySchedule.DelayOf(3, 0.5, TimeSpan.FromSeconds(1)));
    }

    // Status { code 14, message "x", details [ Any { type_url, value: RetryInfo { retry_delay { seconds, nanos } } } ] }.
    [Theory]
    [InlineData("0802", "0805", 5.0)]
    [InlineData("0802", "080510 80cab5ee01", 5.5)]
    [InlineData("", "10 80cab5ee01", 0.5)]
    [InlineData("", "", 0.0)]
    [InlineData("", "08 ffffffffffffffffff01", null)] // minus one second
    [InlineData("", "08 808080808020", null)] // longer than a day
    [InlineData("", "10 80a8d6b907", null)] // two thousand million nanoseconds
    [InlineData("", "0a", null)] // cut off
    public void RetryInfo_is_found_in_the_details_of_a_status(string before, string duration, double? seconds)
    {
        var info = Field(1, Bytes(duration));
        var any = Field(1, "type.googleapis.com/google.rpc.RetryInfo"u8.ToArray()).Concat(Field(2, [.. info])).ToArray();
        byte[] status = [.. Bytes("080e"), .. Field(2, "x"u8.ToArray()), .. Field(3, [.. Field(1, "type.googleapis.com/other"u8.ToArray())]), .. Field(3, any), .. Bytes(before)];

        Assert.Equal(seconds, RetryInfo.DelayOf(status)?.TotalSeconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ff")]
    [InlineData("1a05")]
    [InlineData("1a030a0141")]
    public void Without_it_there_is_none(string? status) => Assert.Null(RetryInfo.DelayOf(status is null ? null : Bytes(status)));

    private static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal));

    private static IEnumerable<byte> Field(int number, byte[] content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];
}
