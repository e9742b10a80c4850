// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>As <see cref="MySqlPairingTests"/>, on compressed connections: loss then takes whole compressed packets along.</summary>
public sealed class MySqlCompressedPairingTests(ITestOutputHelper output)
{
    private const int Rounds = 40;
    private const int Statements = 60;

    public static TheoryData<EndpointRole, int, int> Habits() => new(
        from role in new[] { EndpointRole.Client, EndpointRole.Server }
        from habit in Enum.GetValues<ClientHabit>()
        from packing in new[] { Packing.Zlib, Packing.Zstd }
        where role == EndpointRole.Client || habit == ClientHabit.Waits
        select (role, (int)habit, (int)packing));

    [Theory]
    [MemberData(nameof(Habits))]
    public void With_nothing_lost_every_exchange_is_complete_and_right(EndpointRole role, int habit, int packing)
    {
        for (var seed = 0; seed < Rounds / 4; seed++)
        {
            var talk = Make(seed, role, habit, packing);
            talk.Shuffle(3);
            talk.Deliver(fromStart: true);

            AssertRight(talk, seed);
            Assert.Equal(Enumerable.Range(1, Statements), Complete(talk));
            Assert.All(talk.Exchanges, e => Assert.Equal((Packing)packing == Packing.Zlib ? "zlib" : "zstd", e.Compression));
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Attaching_in_the_middle_sees_everything_from_then_on(EndpointRole role, int habit, int packing)
    {
        for (var seed = 0; seed < Rounds / 2; seed++)
        {
            var talk = Make(seed, role, habit, packing);
            talk.Join(3 + (seed % 7));
            talk.Deliver(fromStart: false);

            AssertRight(talk, seed);
            if ((ClientHabit)habit == ClientHabit.Waits)
            {
                var complete = Complete(talk).ToList();
                Assert.True(complete.Count > 0 && complete[0] <= 20, $"seed {seed}: first is {complete.FirstOrDefault()}");
                Assert.Equal(Enumerable.Range(complete[0], Statements - complete[0] + 1), complete);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Losing_and_cutting_calls_never_makes_a_wrong_pair(EndpointRole role, int habit, int packing)
    {
        int untouched = 0, complete = 0;
        for (var seed = 0; seed < Rounds; seed++)
        {
            var talk = Make(seed, role, habit, packing, 150);
            if (seed % 2 == 0)
            {
                talk.Cut(chance: 4 + (seed % 30));
            }

            talk.Lose(runs: seed % 5, maxLength: 1 + (seed % 7));
            if (seed % 3 == 0)
            {
                talk.Shuffle(2);
            }

            talk.Deliver(fromStart: true);
            AssertRight(talk, seed);
            untouched += talk.Untouched.Count;
            complete += Complete(talk).Count(talk.Untouched.Contains);
        }

        output.WriteLine($"{role} {(ClientHabit)habit} {(Packing)packing}: {100.0 * complete / untouched:F1} % of the untouched are complete");
        if ((ClientHabit)habit == ClientHabit.Waits)
        {
            Assert.True(complete >= untouched * 0.85, $"{complete} of {untouched} untouched statements are complete");
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Joining_at_any_call_never_makes_a_wrong_pair(EndpointRole role, int habit, int packing)
    {
        const int statements = 16;
        for (var seed = 0; seed < 10; seed++)
        {
            var count = Make(seed, role, habit, packing, statements).CallCount;
            for (var index = 0; index < count; index++)
            {
                var talk = Make(seed, role, habit, packing, statements);
                if (seed % 4 != 0)
                {
                    talk.Overlap(isCoarse: seed % 4 == 3);
                }

                talk.Join(index);
                talk.Lose(runs: seed % 3, maxLength: 1 + (seed % 5), from: 0);
                if (seed % 2 == 1)
                {
                    talk.Shuffle(3, from: 0);
                }

                talk.Deliver(fromStart: false);
                AssertRight(talk, seed);
            }
        }
    }

    private static NumberedTalk Make(int seed, EndpointRole role, int habit, int packing, int statements = Statements)
    {
        var talk = new NumberedTalk(seed, role, (ClientHabit)habit, (Packing)packing);
        talk.Login();
        talk.Talk(statements);
        return talk;
    }

    private static IEnumerable<int> Complete(NumberedTalk talk) => talk.Exchanges
        .Where(e => e.Command == MySqlCommand.Query && e.State == ExchangeState.Done &&
                    e.Completeness.Kind == CompletenessKind.Complete)
        .Select(NumberedTalk.NumberOf);

    private static void AssertRight(NumberedTalk talk, int seed)
    {
        Assert.Equal(0ul, talk.Faults);
        foreach (var exchange in talk.Exchanges)
        {
            Assert.True(NumberedTalk.FindContradiction(exchange) is null, $"seed {seed}: {NumberedTalk.FindContradiction(exchange)}");
        }
    }
}
