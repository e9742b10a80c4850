// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;

namespace L7Trace.UnitTests.MySql;

/// <summary>Conversations in which values are bound to prepared statements, and what came out of them.</summary>
internal static class BoundTalk
{
    public const uint DeprecateEof = 1u << 24;
    private static readonly ParseLimits s_limits = new() { MaxParameterBytes = 1000 };

    public static string? Shown(MySqlExchange exchange) =>
        exchange.Parameters is { } parameters ? string.Join(',', parameters.Values.Select(v => v.ToString())) : null;

    public static byte[] LongData(uint id, ushort parameter, string chunk) =>
        Wire.Command(MySqlCommand.StatementSendLongData, [.. BitConverter.GetBytes(id), .. BitConverter.GetBytes(parameter), .. Wire.Text(chunk)]);

    public static IReadOnlyList<MySqlParameter> Values(Conversation talk) => Executions(talk).Single().Parameters!.Values;

    public static List<MySqlExchange> Executions(Conversation talk) =>
        [.. talk.Finish().Cast<MySqlExchange>().Where(e => e.Command == MySqlCommand.StatementExecute)];

    public static Conversation Talk(uint flags) => new Conversation(EndpointRole.Client, limits: s_limits)
        .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | DeprecateEof | flags)).Server(Wire.Ok(2));

    public static Conversation Prepared(int parameters, uint flags = 0) =>
        Talk(flags).Client(Wire.Prepare("INSERT")).Server(Wire.PrepareOk(true, 5, 0, parameters));

    public static Conversation Joined() => new Conversation(EndpointRole.Server, fromStart: false, limits: s_limits)
        .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok());
}
