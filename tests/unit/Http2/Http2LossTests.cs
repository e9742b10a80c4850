// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

/// <summary>Whatever is lost, and wherever tracing begins: no field, no pair and no size is ever wrong.</summary>
public sealed class Http2LossTests(ITestOutputHelper output)
{
    private const int Streams = 60;

    public static TheoryData<EndpointRole> Roles() => [EndpointRole.Client, EndpointRole.Server];

    [Theory]
    [MemberData(nameof(Roles))]
    public void With_nothing_lost_every_exchange_is_whole(EndpointRole role)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var talk = new NumberedStreams(seed, role, Streams);
            talk.Shuffle(3, from: 2);
            talk.Deliver();
            AssertRight(talk, seed);
            Assert.Equal(Enumerable.Range(1, Streams).Select(NumberedStreams.IdOf), talk.Exchanges.Select(e => e.StreamId!.Value).Order());
            Assert.All(talk.Exchanges, e => Assert.Equal((ExchangeState.Done, Completeness.Complete), (e.State, e.Completeness)));
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Losing_and_cutting_calls_makes_nothing_wrong(EndpointRole role)
    {
        int all = 0, whole = 0;
        for (var seed = 0; seed < 150; seed++)
        {
            var talk = new NumberedStreams(seed, role, Streams);
            if (seed % 2 == 0)
            {
                talk.CutCalls(chance: 4 + (seed % 30));
            }

            talk.Lose(runs: seed % 5, maxLength: 1 + (seed % 7), from: 2);
            if (seed % 3 == 0)
            {
                talk.Shuffle(2, from: 2);
            }

            talk.Deliver();
            AssertRight(talk, seed);
            all += Streams;
            whole += talk.Exchanges.Count(e => e is { State: ExchangeState.Done, Path: not null, StatusCode: not null });
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{role}: {100.0 * whole / all:F1} % have a path and a status"));
        Assert.True(whole > all / 3);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Joining_at_any_call_makes_nothing_wrong(EndpointRole role)
    {
        int all = 0, known = 0;
        for (var seed = 0; seed < 10; seed++)
        {
            var count = new NumberedStreams(seed, role, Streams).CallCount;
            for (var index = 1; index < count; index++)
            {
                var talk = new NumberedStreams(seed, role, Streams);
                talk.Join(index);
                if (seed % 3 == 1)
                {
                    talk.Shuffle(3, from: 0);
                }

                talk.Deliver();
                AssertRight(talk, seed);
                all += talk.Exchanges.Count;
                known += talk.Exchanges.Count(e => e is { Path: not null, StatusCode: not null });
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{role}: {100.0 * known / all:F1} % of {all} exchanges have a path and a status"));
        Assert.True(known > all / 2);
    }

    [Fact]
    public void What_is_kept_of_a_body_never_goes_on_behind_lost_frames()
    {
        var talk = Conversation.AtClient();
        talk.Client([.. Preface, .. Settings()]).Server(Settings()).Client(Headers(1, end: true, Get("/")))
            .Server(Headers(1, end: false, (":status", "200"))).Server(Data(1, "one "u8.ToArray()))
            .Server(Data(1, "two "u8.ToArray())).Lost().Server(Data(1, "three"u8.ToArray(), end: true));
        var exchange = (HttpExchange)Assert.Single(talk.Finish());
        Assert.Equal((200, CompletenessKind.Resynced, null), (exchange.StatusCode!.Value, exchange.Completeness.Kind, exchange.ResponseBodySize));
        Assert.Equal("one ", Encoding.UTF8.GetString(exchange.ResponseBodyPrefix.Span));
    }

    private static void AssertRight(NumberedStreams talk, int seed)
    {
        Assert.Equal(0ul, talk.Faults);
        foreach (var exchange in talk.Exchanges)
        {
            Assert.True(NumberedStreams.FindContradiction(exchange) is null, $"seed {seed}: {NumberedStreams.FindContradiction(exchange)}");
        }
    }
}
