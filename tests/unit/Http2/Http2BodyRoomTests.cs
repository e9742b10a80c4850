// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

public sealed class Http2BodyRoomTests
{
    [Fact]
    public void Bodies_that_are_kept_never_cost_a_stream()
    {
        const int Streams = 200;
        const int Piece = 16_000;
        var limits = ParseLimits.Default with { MaxBodyPrefix = 64 * 1024 };
        var talk = new Conversation(EndpointRole.Server, limits: limits).Client([.. Preface, .. Settings()]).Server(Settings());
        for (var round = 0; round < 2; round++) // what the first ones kept is given back
        {
            var first = (uint)((2 * Streams * round) + 1);
            for (var n = 0u; n < Streams; n++)
            {
                talk.Client(Headers(first + (2 * n), end: false, Http2Wire.Get($"/{round}-{n}")));
            }

            for (var piece = 0; piece < 5; piece++)
            {
                for (var n = 0u; n < Streams; n++)
                {
                    talk.Client(Data(first + (2 * n), new byte[Piece], end: piece == 4));
                }
            }

            for (var n = 0u; n < Streams; n++)
            {
                talk.Server(Headers(first + (2 * n), end: true, (":status", "200")));
            }
        }

        var exchanges = talk.Finish().Http();
        Assert.Equal(
            Enumerable.Range(0, 2).SelectMany(round => Enumerable.Range(0, Streams).Select(n => $"GET /{round}-{n} 200 {5 * Piece}/0 Done Complete 0")),
            exchanges.Lines());
        foreach (var round in exchanges.Chunk(Streams))
        {
            Assert.InRange(round.Sum(exchange => exchange.RequestBodyPrefix.Length), limits.MaxBuffered / 4, limits.MaxBuffered / 2);
        }
    }
}
