// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>No pair may be wrong, wherever the trace begins, whatever is lost, however calls overlap: see <see cref="TimedTalk"/>.</summary>
public sealed class MySqlTimingTests(ITestOutputHelper output)
{
    private const int Statements = 26;
    private const int Seeds = 10;

    public static TheoryData<EndpointRole, int> Habits() => new(
        from role in new[] { EndpointRole.Client, EndpointRole.Server }
        from habit in Enum.GetValues<TimedHabit>()
        select (role, (int)habit));

    // Joined, or with its first calls lost, a client that sends without waiting by calls of its own can't be told from
    // one that waits, until it shows: MySqlSession.Pairing says so. At the server the calls themselves show the order.
    public static TheoryData<EndpointRole, int> ProvableHabits() => new(
        from role in new[] { EndpointRole.Client, EndpointRole.Server }
        from habit in Enum.GetValues<TimedHabit>()
        where role == EndpointRole.Server || habit is TimedHabit.Waits or TimedHabit.SendsBurstsInOneCall
        select (role, (int)habit));

    [Theory]
    [MemberData(nameof(Habits))]
    public void With_nothing_lost_every_statement_is_answered_and_right(EndpointRole role, int habit)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var talk = new TimedTalk(seed, role, (TimedHabit)habit, Statements).Deliver(join: 0, losses: 0, maxRun: 0, disorder: seed % 5);

            AssertRight(talk, $"seed {seed}");
            Assert.Equal(Statements, talk.Answered);
        }
    }

    [Theory]
    [MemberData(nameof(ProvableHabits))]
    public void Joining_behind_any_call_makes_no_wrong_pair(EndpointRole role, int habit)
    {
        int answered = 0, joins = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var talk = new TimedTalk(seed, role, (TimedHabit)habit, Statements);
            for (var join = 1; join < talk.CallCount; join++)
            {
                talk.Deliver(join, losses: 0, maxRun: 0, disorder: seed % 5);
                AssertRight(talk, $"seed {seed}, join {join}");
                answered += talk.Answered;
                joins++;
            }
        }

        output.WriteLine($"{(TimedHabit)habit} {role}: {(double)answered / joins:F1} answered of {Statements} per join");
    }

    [Theory]
    [MemberData(nameof(ProvableHabits))]
    public void Joining_behind_any_call_with_losses_makes_no_wrong_pair(EndpointRole role, int habit)
    {
        int answered = 0, joins = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var talk = new TimedTalk(seed, role, (TimedHabit)habit, Statements);
            for (var join = 0; join < talk.CallCount; join++)
            {
                talk.Deliver(join, losses: 1 + (join % 4), maxRun: 1 + (seed % 4), disorder: seed % 5, cutOneIn: seed % 2 * 12);
                AssertRight(talk, $"seed {seed}, join {join}");
                answered += talk.Answered;
                joins++;
            }
        }

        output.WriteLine($"{(TimedHabit)habit} {role}: {(double)answered / joins:F1} answered of {Statements} per join");
    }

    [Theory]
    [InlineData((int)TimedHabit.SendsBurstsInCallsOfTheirOwn)]
    [InlineData((int)TimedHabit.WaitsAndThenBursts)]
    [InlineData((int)TimedHabit.KeepsTwoInFlight)]
    public void A_client_that_was_seen_not_to_wait_gets_no_wrong_pair_after_a_loss(int habit)
    {
        var answered = 0;
        for (var seed = 0; seed < 150; seed++)
        {
            var talk = new TimedTalk(seed, EndpointRole.Client, (TimedHabit)habit, statements: 60);
            talk.Deliver(join: 0, losses: 1 + (seed % 3), maxRun: 1 + (seed % 4), disorder: seed % 5, lossesFrom: talk.CallCount / 2);
            AssertRight(talk, $"seed {seed}");
            answered += talk.Answered;
        }

        Assert.True(answered > 150 * 15, $"{answered} answered");
    }

    private static void AssertRight(TimedTalk talk, string where)
    {
        Assert.True(talk.Contradiction() is null, $"{where}: {talk.Contradiction()}");
        Assert.True(!talk.Repeated().Any(), $"{where}: told twice: {string.Join(' ', talk.Repeated())}");
        Assert.Equal(0ul, talk.Faults);
    }
}
