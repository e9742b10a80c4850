// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Export;
using L7Trace.Export.Fields;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Export.Json.JsonSamples;

namespace L7Trace.UnitTests.Export.Json;

/// <summary>Fields that are not asked would not have been written.</summary>
public sealed class FieldGroupTests
{
    [Fact]
    public void A_group_that_is_left_out_has_no_field_that_is_known()
    {
        var left = 0;
        foreach (var redaction in (Redaction[])[Redaction.Default, Redaction.Off])
        {
            var context = new FieldContext(redaction);
            foreach (var exchange in Samples())
            {
                var groups = FieldGroups.Of(exchange);
                foreach (var field in (ExchangeField[])[.. CommonFields.All, .. MySqlFields.All, .. HttpFields.All])
                {
                    if (!FieldGroups.Has(groups, field.Group))
                    {
                        left++;
                        var json = new JsonLine(64);
                        json.WriteStartObject();
                        field.Write(json, context, exchange);
                        Assert.True(json.Length == 1, $"{field.Name} of {exchange.GetType().Name}: {Encoding.UTF8.GetString(json.Written)}");
                    }
                }
            }
        }

        Assert.True(left > 500, $"{left} fields were left out");
    }

    /// <summary>Each of the facts alone brings its group.</summary>
    [Fact]
    public void Every_single_fact_brings_its_fields()
    {
        MySqlExchange[] exchanges =
        [
            MySql(static c => new() { Connection = c, StatementTextMissing = 1 }), MySql(static c => new() { Connection = c, BatchSize = 2 }),
            MySql(static c => new() { Connection = c, StatementId = 1 }), MySql(static c => new() { Connection = c, Fetches = 1 }),
            MySql(static c => new() { Connection = c, ResultSets = 2 }), MySql(static c => new() { Connection = c, ReturnedRowsAtLeast = 1 }),
            MySql(static c => new() { Connection = c, UncompressedResponseBytes = 1 }), MySql(static c => new() { Connection = c, Compression = "zlib" }),
            MySql(static c => new() { Connection = c, LocalFileBytes = 1 }), MySql(static c => new() { Connection = c, IsStream = true }),
            MySql(static c => new() { Connection = c, BinlogEvents = 1 }), MySql(static c => new() { Connection = c, ErrorCode = 1 }),
            MySql(static c => new() { Connection = c, SqlState = "HY000" }), MySql(static c => new() { Connection = c, ErrorMessage = "x" }),
        ];
        foreach (var exchange in exchanges.Concat(Enumerable.Range(0, 16).Select(bit => MySql(c => new() { Connection = c, ServerStatus = (ushort)(1 << bit) }))))
        {
            var context = new FieldContext(Redaction.Off);
            var groups = FieldGroups.Of(exchange);
            foreach (var field in MySqlFields.All.Where(field => !FieldGroups.Has(groups, field.Group)))
            {
                var json = new JsonLine(64);
                json.WriteStartObject();
                field.Write(json, context, exchange);
                Assert.True(json.Length == 1, $"{field.Name}: {Encoding.UTF8.GetString(json.Written)}");
            }
        }
    }

    [Fact]
    public void What_is_remembered_of_a_connection_is_its_own_and_of_its_role()
    {
        var stream = new MemoryStream();
        using var writer = new JsonLinesWriter(stream);
        var connections = ((ulong[])[1, 257, 513]).Select(static id => new ConnectionInfo
        {
            Id = new ConnectionId(id), // one place in the memory for all three
            Local = new IPEndPoint(IPAddress.Loopback, (int)id),
            Remote = new IPEndPoint(IPAddress.Parse("::1"), 80),
        }).ToArray();
        foreach (var role in (EndpointRole[])[EndpointRole.Unknown, EndpointRole.Server, EndpointRole.Client])
        {
            foreach (var connection in (ConnectionInfo[])[.. connections, .. connections.Reverse()])
            {
                connection.Role = role;
                writer.Write(new HttpExchange(Protocol.Http1) { Connection = connection });
            }
        }

        writer.Flush();
        var lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] ids = ["1", "257", "513", "513", "257", "1"];
        for (var i = 0; i < lines.Length; i++)
        {
            var port = ids[i % ids.Length];
            Assert.Contains(
                i < 6 ? $"\"network.local.address\":\"127.0.0.1\",\"network.local.port\":{port},\"network.peer.address\":\"::1\",\"network.peer.port\":80,"
                : i < 12 ? $"\"client.address\":\"::1\",\"client.port\":80,\"server.address\":\"127.0.0.1\",\"server.port\":{port},"
                : $"\"client.address\":\"127.0.0.1\",\"client.port\":{port},\"server.address\":\"::1\",\"server.port\":80,",
                lines[i],
                StringComparison.Ordinal);
        }

        Assert.Equal(18, lines.Length);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(15UL)]
    [InlineData(16UL)]
    [InlineData(0x0FEDCBA987654321UL)]
    [InlineData(ulong.MaxValue)]
    public void Ids_are_in_the_digits_that_the_library_writes(ulong value)
    {
        Span<char> buffer = stackalloc char[16];
        Assert.Equal(value.ToString("x"), buffer[..ExchangeFacts.WriteHexadecimal(value, buffer)].ToString());
    }

    private static MySqlExchange MySql(Func<ConnectionInfo, MySqlExchange> make) => make(Some.ClientConnection());
}
