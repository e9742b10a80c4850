// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.MySql.BoundTalk;

namespace L7Trace.UnitTests.MySql;

/// <summary>Where the PREPARE was not seen or calls were lost, bound values come out only as far as they are proven.</summary>
public sealed class MySqlUnprovenParameterTests
{
    private const uint QueryAttributes = 1u << 27;
    private const byte CountAvailable = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_execution_whose_prepare_was_not_seen_shows_what_its_shape_proves(bool withCount)
    {
        Bound[] bound = [Bound.Text("only reading"), Bound.Null(), Bound.Int(77)];
        byte flags = withCount ? CountAvailable : (byte)0;
        var executions = Executions(Joined()
            .Client(Bound.Execute(5, bound, flags: flags, named: withCount)).Server(Wire.Ok())
            .Client(Bound.Execute(5, [Bound.Text("again"), Bound.Null(), Bound.Int(78)], sendTypes: false, flags: flags, named: withCount)).Server(Wire.Ok())
            .Client(Bound.Execute(6, bound, sendTypes: false)).Server(Wire.Ok())
            .Client(Wire.Prepare("SELECT ?, ?, ?")).Server(Wire.PrepareOk(true, 7, 0, 3))
            .Client(Bound.Execute(7, bound, flags: flags, named: withCount)).Server(Wire.Ok())
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok()));

        Assert.Equal(["only reading,NULL,77", "again,NULL,78", null, "only reading,NULL,77"], executions.Select(Shown));
        Assert.Equal([5u, 5u, 6u, 7u], executions.Select(e => e.StatementId!.Value));
        Assert.All(executions, e => Assert.NotNull(e.Duration));
        Assert.Equal([null, null, null, "SELECT ?, ?, ?"], executions.Select(e => e.StatementText));
    }

    [Fact]
    public void Where_more_than_one_number_of_parameters_fits_no_value_is_shown()
    {
        // One string of seven bytes, or an empty string and the date 2026-11-05: both end where the payload ends.
        byte[] both = [5, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0xfd, 0, 0x07, 0, 0, 4, 0xea, 7, 11, 5];
        var unseen = Executions(Joined().Client(Wire.Command(MySqlCommand.StatementExecute, both)).Server(Wire.Ok())
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok())).Single();
        var one = Values(Prepared(1).Client(Wire.Command(MySqlCommand.StatementExecute, both)).Server(Wire.Ok()));
        var two = Values(Prepared(2).Client(Wire.Command(MySqlCommand.StatementExecute, both)).Server(Wire.Ok()));

        Assert.Null(unseen.Parameters);
        Assert.Equal([7L], one.Select(v => v.Length));
        Assert.Equal(["", "2026-11-05 00:00:00"], two.Select(v => v.ToString()));
    }

    [Fact]
    public void After_missed_commands_types_that_were_sent_before_do_not_hold()
    {
        var talk = Prepared(1).Client(Bound.Execute(5, [Bound.Int(1)])).Server(Wire.Ok());
        talk.Client(Bound.Execute(5, [Bound.Text("abc")])).Lost().Server(Wire.Ok()).Lost();
        var executions = Executions(talk.Pause(100)
            .Client(Bound.Execute(5, [Bound.Text("abc")], sendTypes: false)).Server(Wire.Ok())
            .Client(Bound.Execute(5, [Bound.Int(9)])).Server(Wire.Ok())
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok()));

        Assert.Equal(["1", null, "9"], executions.Select(Shown));
    }

    [Fact]
    public void Whatever_is_lost_no_execution_shows_another_ones_values()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var talk = Prepared(2);
            for (var i = 0; i < 30; i++)
            {
                // Types change between executions, so that a wrong one shows; the text repeats the number.
                var number = (seed * 1000) + i;
                var text = number.ToString(CultureInfo.InvariantCulture);
                Bound[] bound = random.Next(2) == 0 ? [Bound.Int(number), Bound.Text(text)] : [Bound.Text(text), Bound.Int(number)];
                if (random.Next(4) == 0)
                {
                    talk.Client(LongData(5, (ushort)(bound[0].Type == MySqlFieldType.VarString ? 0 : 1), text));
                    Lose(talk, random);
                    talk.Client(Bound.Execute(5, bound, longData: p => bound[p].Type == MySqlFieldType.VarString));
                }
                else
                {
                    talk.Client(Bound.Execute(5, bound));
                }

                Lose(talk, random);
                talk.Server(Wire.Ok());
                Lose(talk, random);
                talk.Pause(random.Next(3) == 0 ? 80 : 0);
            }

            foreach (var execution in Executions(talk))
            {
                var shown = execution.Parameters?.Values.Select(v => v.ToString()).Distinct().ToList() ?? [];
                Assert.True(shown.Count <= 1, $"seed {seed}: {string.Join(" and ", shown)}");
            }
        }
    }

    [Fact]
    public void Random_bytes_behind_the_command_never_throw()
    {
        var random = new Random(5);
        for (var round = 0; round < 3000; round++)
        {
            var talk = round % 2 == 0 ? Prepared(random.Next(5), round % 4 == 0 ? QueryAttributes : 0) : Joined();
            var body = new byte[random.Next(60)];
            random.NextBytes(body);
            for (var i = 0; i < body.Length; i++)
            {
                body[i] = random.Next(2) == 0 ? (byte)(body[i] % 16) : body[i];
            }

            MySqlCommand[] commands = [MySqlCommand.StatementExecute, MySqlCommand.StatementBulkExecute, MySqlCommand.StatementSendLongData, MySqlCommand.Query];
            talk.Client(Wire.Command(commands[round % 4], [5, 0, 0, 0, .. body])).Server(Wire.Ok()).Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok());
            foreach (var exchange in talk.Finish().Cast<MySqlExchange>())
            {
                _ = exchange.Parameters?.Values.Select(v => v.ToString()).ToList();
                _ = exchange.Parameters?.Attributes.Select(v => v.ToString()).ToList();
            }

            Assert.Equal(0ul, talk.Engine.Counters.Faults);
        }
    }

    private static void Lose(Conversation talk, Random random)
    {
        if (random.Next(12) == 0)
        {
            talk.Lost();
        }
    }
}
