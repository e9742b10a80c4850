// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Probe.KeyLog;
using Xunit;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.UnitTests.KeyLog;

public sealed class KeyLogLineTests
{
    [Theory]
    [InlineData("CLIENT_RANDOM", 48)]
    [InlineData("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 32)]
    [InlineData("SERVER_HANDSHAKE_TRAFFIC_SECRET", 48)]
    [InlineData("CLIENT_TRAFFIC_SECRET_0", 32)]
    [InlineData("SERVER_TRAFFIC_SECRET_0", 48)]
    [InlineData("EXPORTER_SECRET", 32)]
    [InlineData("CLIENT_EARLY_TRAFFIC_SECRET", 32)]
    [InlineData("EARLY_EXPORTER_SECRET", 48)]
    public void A_secret_is_a_line_of_label_random_and_secret(string label, int length)
    {
        Assert.True(KeyLogLine.TryWrite(Make(label, (uint)length), out var line));
        var expected = $"{label} {string.Concat(Enumerable.Range(1, 32).Select(x => x.ToString("x2")))} " +
            $"{string.Concat(Enumerable.Range(0xa0, length).Select(x => ((byte)x).ToString("x2")))}\n";
        Assert.Equal(expected, Encoding.ASCII.GetString(line));
    }

    [Theory]
    [InlineData("CLIENT_RANDOM", 32)]
    [InlineData("CLIENT_RANDO", 48)]
    [InlineData("", 32)]
    [InlineData("EXPORTER_SECRET\n", 32)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 32)] // without an end
    public void What_is_no_secret_is_no_line(string label, int length)
    {
        Assert.False(KeyLogLine.TryWrite(Make(label, (uint)length), out var line));
        Assert.Empty(line);
    }

    [Fact]
    public void A_random_of_zeros_was_not_there_yet() =>
        Assert.False(KeyLogLine.TryWrite(Make("CLIENT_RANDOM", 48) with { ClientRandom = default }, out _));

    private static L7SecretEvent Make(string label, uint length)
    {
        var value = new L7SecretEvent { Tgid = 7, Length = length };
        Encoding.ASCII.GetBytes(label).CopyTo((Span<byte>)value.Label);
        for (var i = 0; i < 48; i++)
        {
            value.Secret[i] = (byte)(0xa0 + i);
        }

        for (var i = 0; i < 32; i++)
        {
            value.ClientRandom[i] = (byte)(i + 1);
        }

        return value;
    }
}
