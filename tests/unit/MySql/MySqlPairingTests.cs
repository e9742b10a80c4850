// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>Every statement carries a number which its answer must repeat; see <see cref="NumberedTalk"/>.</summary>
public sealed class MySqlPairingTests(ITestOutputHelper output)
{
    private const int Rounds = 120;
    private const int Statements = 60;

    // A client must have been seen to wait some times before its pairs are trusted after a loss: that is a cost of the
    // connection's first statements, not a share of all.
    private const int LongTalk = 200;

    public static TheoryData<EndpointRole, int> Habits() => new(
        from role in new[] { EndpointRole.Client, EndpointRole.Server }
        from habit in Enum.GetValues<ClientHabit>()
        where role == EndpointRole.Client || habit != ClientHabit.SendsBurstsInCallsOfTheirOwn
        select (role, (int)habit));

    [Theory]
    [MemberData(nameof(Habits))]
    public void With_nothing_lost_every_exchange_is_complete_and_right(EndpointRole role, int habit)
    {
        for (var seed = 0; seed < Rounds / 4; seed++)
        {
            var talk = Make(seed, role, habit);
            talk.Shuffle(3);
            talk.Deliver(fromStart: true);

            AssertRight(talk, seed);
            Assert.Equal(Enumerable.Range(1, Statements), Complete(talk));
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Attaching_in_the_middle_sees_everything_from_then_on(EndpointRole role, int habit)
    {
        for (var seed = 0; seed < Rounds / 4; seed++)
        {
            var talk = Make(seed, role, habit);
            talk.Join(3 + seed % 7); // with the offsets known, as the kernel tells them
            talk.Deliver(fromStart: false);

            AssertRight(talk, seed);
            var complete = Complete(talk).ToList();
            if ((ClientHabit)habit != ClientHabit.Waits && role == EndpointRole.Client)
            {
                continue; // a client that does not wait gives no proof until it does
            }

            Assert.True(complete.Count > 0 && complete[0] <= 12, $"seed {seed}: first is {complete.FirstOrDefault()}");
            Assert.Equal(Enumerable.Range(complete[0], Statements - complete[0] + 1), complete);
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Losing_calls_never_makes_a_wrong_pair(EndpointRole role, int habit)
    {
        int untouched = 0, complete = 0;
        for (var seed = 0; seed < Rounds; seed++)
        {
            var talk = Make(seed, role, habit, LongTalk);
            talk.Lose(runs: 1 + seed % 6, maxLength: 1 + seed % 9);
            if (seed % 3 == 0)
            {
                talk.Shuffle(2);
            }

            talk.Deliver(fromStart: true);

            AssertRight(talk, seed);
            untouched += talk.Untouched.Count;
            complete += Complete(talk).Count(talk.Untouched.Contains);
        }

        if ((ClientHabit)habit == ClientHabit.Waits)
        {
            Assert.True(complete >= untouched * 0.9, $"{complete} of {untouched} untouched statements are complete");
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Capturing_calls_in_part_never_makes_a_wrong_pair(EndpointRole role, int habit)
    {
        int untouched = 0, complete = 0;
        for (var seed = 0; seed < Rounds; seed++)
        {
            var talk = Make(seed, role, habit, LongTalk);
            talk.Cut(chance: 4 + seed % 30);
            talk.Lose(runs: seed % 3, maxLength: 3);
            talk.Deliver(fromStart: true);

            AssertRight(talk, seed);
            untouched += talk.Untouched.Count;
            complete += Complete(talk).Count(talk.Untouched.Contains);
        }

        if ((ClientHabit)habit == ClientHabit.Waits)
        {
            Assert.True(complete >= untouched * 0.9, $"{complete} of {untouched} untouched statements are complete");
        }
    }

    /// <summary>
    /// At every call of a conversation: tracing begins, calls are lost, both directions and the records of two processors
    /// pass one another, and calls overlap. A pair that is shown is right, however sure it says it is.
    /// </summary>
    [Theory]
    [MemberData(nameof(Habits))]
    public void Joining_at_any_call_never_makes_a_wrong_pair(EndpointRole role, int habit)
    {
        const int statements = 24;
        int shown = 0, all = 0;
        for (var seed = 0; seed < 12; seed++)
        {
            var count = Make(seed, role, habit, statements).CallCount;
            for (var index = 0; index < count; index++)
            {
                var talk = Make(seed, role, habit, statements);
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

                foreach (var exchange in talk.Exchanges)
                {
                    Assert.True(
                        NumberedTalk.FindContradiction(exchange) is not { },
                        $"seed {seed}, joined at {index} of {count}: {NumberedTalk.FindContradiction(exchange)}");
                }

                shown += Complete(talk).Count();
                all += statements * (count - index) / count;
            }
        }

        output.WriteLine($"{role} {(ClientHabit)habit}: {100.0 * shown / all:F1} % complete");
        if ((ClientHabit)habit == ClientHabit.Waits)
        {
            Assert.True(shown >= all * 0.5, $"{shown} of {all} are complete");
        }
    }

    /// <summary>As above, from the first byte on.</summary>
    [Theory]
    [MemberData(nameof(Habits))]
    public void Overlapping_calls_never_make_a_wrong_pair(EndpointRole role, int habit)
    {
        int untouched = 0, complete = 0;
        for (var seed = 0; seed < Rounds; seed++)
        {
            var talk = Make(seed, role, habit, LongTalk / 2);
            talk.Overlap(isCoarse: seed % 2 == 0);
            talk.Lose(runs: seed % 6, maxLength: 1 + (seed % 5));
            talk.Shuffle(3);
            talk.Deliver(fromStart: true);

            foreach (var exchange in talk.Exchanges)
            {
                Assert.True(NumberedTalk.FindContradiction(exchange) is not { }, $"seed {seed}: {NumberedTalk.FindContradiction(exchange)}");
            }

            if (seed % 6 == 0)
            {
                Assert.Equal(Enumerable.Range(1, LongTalk / 2), Complete(talk));
            }

            untouched += talk.Untouched.Count;
            complete += Complete(talk).Count(talk.Untouched.Contains);
        }

        output.WriteLine($"{role} {(ClientHabit)habit}: {100.0 * complete / untouched:F1} % of the untouched are complete");
    }

    private static NumberedTalk Make(int seed, EndpointRole role, int habit, int statements = Statements)
    {
        var talk = new NumberedTalk(seed, role, (ClientHabit)habit);
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
        foreach (var exchange in talk.Exchanges.Where(e => e.Completeness.Kind is CompletenessKind.Complete or CompletenessKind.Truncated))
        {
            Assert.True(NumberedTalk.FindContradiction(exchange) is not { } wrong, $"seed {seed}: {NumberedTalk.FindContradiction(exchange)}");
        }
    }
}
