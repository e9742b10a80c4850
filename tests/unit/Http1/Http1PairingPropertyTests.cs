// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Http1;

/// <summary>Random conversations: no loss loses nothing, and no loss whatever makes a wrong pair.</summary>
public sealed class Http1PairingPropertyTests(ITestOutputHelper output)
{
    public static TheoryData<string, EndpointRole> Habits
    {
        get
        {
            var data = new TheoryData<string, EndpointRole>();
            foreach (var habit in Enum.GetNames<HttpTraffic.Habit>())
            {
                data.Add(habit, EndpointRole.Client);
                data.Add(habit, EndpointRole.Server);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Without_loss_every_exchange_is_complete_and_right(string habit, EndpointRole role)
    {
        for (var seed = 0; seed < 25; seed++)
        {
            var traffic = new HttpTraffic(seed, Parse(habit), 20, role).Deliver(skew: seed % 3 * 400);

            Assert.Null(traffic.Disagreement());
            Assert.Equal(
                Enumerable.Range(0, 20),
                traffic.Exchanges.Where(IsWhole).Select(e => int.Parse(e.Target.AsSpan(1), CultureInfo.InvariantCulture)));
            Assert.Equal(20, traffic.Exchanges.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Lost_calls_never_make_a_wrong_pair(string habit, EndpointRole role)
    {
        foreach (var lose in (double[])[0.01, 0.05, 0.15, 0.4])
        {
            var whole = 0;
            var untouched = 0;
            for (var seed = 0; seed < 25; seed++)
            {
                var traffic = new HttpTraffic(seed, Parse(habit), 40, role).Deliver(lose, skew: seed % 3 * 400);

                Assert.True(traffic.Disagreement() is null, $"seed {seed}, loss {lose}: {traffic.Disagreement()}");
                whole += Whole(traffic);
                untouched += traffic.Untouched.Count();
            }

            output.WriteLine($"{habit} {role} loss {lose:P0}: {(double)whole / untouched:P1} of {untouched} untouched exchanges are complete");
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Calls_cut_by_the_capture_limit_never_make_a_wrong_pair(string habit, EndpointRole role)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var traffic = new HttpTraffic(seed, Parse(habit), 30, role).Deliver(lose: seed % 2 * 0.05, cut: 0.2, skew: 300);

            Assert.True(traffic.Disagreement() is null, $"seed {seed}: {traffic.Disagreement()}");
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Where_more_requests_wait_than_are_kept_there_is_no_wrong_pair(string habit, EndpointRole role)
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var traffic = new HttpTraffic(seed, Parse(habit), 90, role)
                .Deliver(lose: seed % 4 * 0.02, skew: seed % 5 * 3000, maxOutstanding: 2 + (seed % 7));

            Assert.True(traffic.Disagreement() is null, $"seed {seed}: {traffic.Disagreement()}");
        }
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void Joined_in_the_middle_everything_from_then_on_is_there(EndpointRole role)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var traffic = new HttpTraffic(seed, HttpTraffic.Habit.HalfDuplex, 20, role)
                .Deliver(joinAfter: 0.1 + (seed % 8 * 0.1), offsetsKnown: seed % 2 == 0);

            Assert.True(traffic.Disagreement() is null, $"seed {seed}: {traffic.Disagreement()}");
            var missing = traffic.Untouched.Except(
                traffic.Exchanges.Where(IsWhole).Select(e => int.Parse(e.Target.AsSpan(1), CultureInfo.InvariantCulture)));
            Assert.True(!missing.Any(), $"seed {seed}: {string.Join(' ', missing)}\n{string.Join('\n', traffic.Exchanges.Lines())}");
        }
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void Joined_in_the_middle_lost_calls_never_make_a_wrong_pair(EndpointRole role)
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var traffic = new HttpTraffic(seed, HttpTraffic.Habit.HalfDuplex, 24, role)
                .Deliver(lose: seed % 5 * 0.04, cut: seed % 3 * 0.05, joinAfter: 0.02 + (seed % 40 * 0.024), skew: seed % 4 * 200);

            Assert.True(traffic.Disagreement() is null, $"seed {seed}: {traffic.Disagreement()}");
        }
    }

    [Theory]
    [InlineData(EndpointRole.Client, 0.02)]
    [InlineData(EndpointRole.Server, 0.1)]
    public void Under_loss_a_long_half_duplex_connection_keeps_nine_of_ten_untouched_exchanges(EndpointRole role, double lose)
    {
        var traffic = new HttpTraffic(1, HttpTraffic.Habit.HalfDuplex, 3000, role).Deliver(lose);

        Assert.Null(traffic.Disagreement());
        var share = (double)Whole(traffic) / traffic.Untouched.Count();
        output.WriteLine($"{share:P1}");
        Assert.True(share >= 0.9, $"{share:P1}");
    }

    private static HttpTraffic.Habit Parse(string habit) => Enum.Parse<HttpTraffic.Habit>(habit);

    private static bool IsWhole(Parsers.Protocols.HttpExchange e) =>
        e.Target is not null && e.State == ExchangeState.Done && e.Completeness.Kind == CompletenessKind.Complete;

    private static int Whole(HttpTraffic traffic)
    {
        var untouched = traffic.Untouched.ToHashSet();
        return traffic.Exchanges.Count(e =>
            IsWhole(e) && untouched.Contains(int.Parse(e.Target.AsSpan(1), CultureInfo.InvariantCulture)));
    }
}
