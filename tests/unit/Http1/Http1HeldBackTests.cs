// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;

namespace L7Trace.UnitTests.Http1;

/// <summary>
/// Answers held back behind missing bytes, while a client that asks one thing at a time goes on: more requests wait then than are kept, as
/// when a client pipelines, and what is told of the answers next says which of the two it is.
/// </summary>
public sealed class Http1HeldBackTests
{
    private const int Kept = 8;
    private const int Turns = 10; // in front of the loss

    private readonly Conversation _talk = new(EndpointRole.Client, limits: ParseLimits.Default with { MaxOutstanding = Kept, MaxBodyPrefix = 64 });

    [Fact]
    public void Where_the_missing_bytes_are_told_before_any_answer_the_connection_is_paired_again()
    {
        OneByOne(1, Turns);
        Answers(Turns + 1, 30, askedBefore: 0, lost: Turns + 1);
        OneByOne(31, 100);

        var exchanges = Checked();

        // Those kept, and those that came when the wait was over, win trust anew; until then requests and answers go out apart.
        var whole = exchanges.Where(IsWhole).Select(static e => e.Target).ToList();
        Assert.Equal(Enumerable.Range(1, Turns).Select(static n => $"/{n}"), whole[..Turns]);
        Assert.Equal("/100", whole[^1]);
        Assert.InRange(whole.Count, Turns + 15, Turns + 25);
    }

    [Fact]
    public void Where_an_answer_comes_before_anything_is_missing_it_is_pipelining()
    {
        OneByOne(1, Turns);
        AskAll(11, 30);
        Answers(11, 30, askedBefore: 20);
        OneByOne(31, 100);

        var whole = Checked().Where(IsWhole).Select(static e => e.Target);

        // What is kept is proven: the first answers are theirs.
        Assert.Equal(Enumerable.Range(1, Turns + Kept).Select(static n => $"/{n}"), whole);
    }

    [Fact]
    public void Where_an_answer_is_missing_behind_one_that_came_it_stays_pipelining()
    {
        OneByOne(1, Turns);
        AskAll(11, 30);
        Answers(11, 30, askedBefore: 20, lost: 12);
        OneByOne(31, 100);

        var whole = Checked().Where(IsWhole).Select(static e => e.Target);

        Assert.Equal(Enumerable.Range(1, Turns + 1).Select(static n => $"/{n}"), whole);
    }

    [Fact]
    public void Where_answers_behind_the_missing_one_show_that_requests_came_before_them_nothing_is_paired()
    {
        OneByOne(1, Turns);
        AskAll(11, 30);
        Answers(11, 30, askedBefore: 20, lost: 11);
        AskAll(31, 60);
        Answers(31, 60, askedBefore: 30);

        var whole = Checked().Where(IsWhole).Select(static e => e.Target);

        Assert.Equal(Enumerable.Range(1, Turns).Select(static n => $"/{n}"), whole);
    }

    [Fact]
    public void Where_a_request_is_missing_too_the_connection_is_paired_again()
    {
        OneByOne(1, Turns);
        Answers(11, 30, askedBefore: 0, lost: 11, lostRequest: 15);
        OneByOne(31, 120);

        Assert.Equal("/120", Checked().Last(IsWhole).Target);
    }

    private void OneByOne(int first, int last)
    {
        for (var n = first; n <= last; n++)
        {
            _talk.Ask(Get($"/{n}")).Answer(Ok(n));
        }
    }

    private void AskAll(int first, int last)
    {
        for (var n = first; n <= last; n++)
        {
            _talk.Ask(Get($"/{n}"));
        }
    }

    // The answers; with askedBefore 0 each request is sent in front of its answer, but all of them are captured before the first answer is.
    private void Answers(int first, int last, int askedBefore, int lost = 0, int lostRequest = 0)
    {
        for (var n = first; n <= last && askedBefore == 0; n++)
        {
            _talk.Ask(Get($"/{n}")).Pause(1);
            if (n == lostRequest)
            {
                _talk.Lost();
            }
        }

        var step = askedBefore == 0 ? 1 : 0;
        _talk.Pause(-2 * (last - first + 1) * step);
        for (var n = first; n <= last; n++)
        {
            _talk.Pause(step).Answer(Ok(n));
            if (n == lost)
            {
                _talk.Lost();
            }
        }
    }

    // An answer of request n has n bytes.
    private List<HttpExchange> Checked()
    {
        var exchanges = _talk.Finish(close: true).Http();
        Assert.All(exchanges.Where(IsWhole), static e => Assert.Equal(e.Target, $"/{e.ResponseBodySize}"));
        return exchanges;
    }

    private static bool IsWhole(HttpExchange e) =>
        e is { Target: not null, StatusCode: not null, State: ExchangeState.Done, Completeness.Kind: CompletenessKind.Complete };
}
