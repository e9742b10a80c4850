// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Cli;
using L7Trace.Cli.Hosting;
using L7Trace.Export.Plaintext;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class TlsVerbTests
{
    private static readonly ConnectionId _id = new(5);

    [Fact]
    public void What_flows_is_shown_with_its_peer_and_without_credentials()
    {
        var run = new CliRun();
        run.Source = new FakeSource(_ => Talk(run)) { WaitsForStop = false };
        Assert.Equal(ExitCode.Done, run.Run("tls", "--all"));
        Assert.Contains("-> 10.0.0.2:443  http/1  ", run.Output, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer ?\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("5esame", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ciphertext", run.Output, StringComparison.Ordinal);
        Assert.Contains("payload is shown as sent", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_and_JSON_are_had_for_the_asking()
    {
        var run = new CliRun();
        run.Source = new FakeSource(_ => Talk(run)) { WaitsForStop = false };
        Assert.Equal(ExitCode.Done, run.Run("tls", "--all", "-o", "jsonl", "--show-secrets"));
        Assert.Contains("\"type\":\"plaintext\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("Bearer 5esame", run.Output, StringComparison.Ordinal);
        Assert.Contains("--show-secrets", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say what to trace", "tls")]
    [InlineData("standard output has the text", "tls", "--all", "-w", "-")]
    [InlineData("--max-bytes: '0' is not a size", "tls", "--all", "--max-bytes", "0")]
    public void A_mistake_is_named(string message, params string[] arguments)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Usage, run.Run(arguments));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_is_a_scope_of_its_own()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.RunFailure, run.Run("tls", "--pid", "1", "--", "true"));
        Assert.Contains("a command behind -- is what is traced", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, run.Run("tls", "--port", "443", "--", "true"));
        Assert.True(run.Settings!.Scope.Children);
        Assert.Equal(["true"], run.Settings.Command);
    }

    [Fact]
    public void What_nobody_reads_is_dropped_and_counted()
    {
        using var tap = new PlaintextTap(maxCalls: 2, maxBytes: 1000);
        tap.Open(Connection());
        for (var i = 0; i < 5; i++)
        {
            tap.Accept(Plaintext(Direction.Egress, 0, "hello"));
        }

        Assert.Equal(3, tap.Dropped);
        using var small = new PlaintextTap(maxCalls: 100, maxBytes: 7);
        small.Open(Connection());
        small.Accept(Plaintext(Direction.Egress, 0, "hello"));
        small.Accept(Plaintext(Direction.Egress, 5, "hello"));
        Assert.Equal(1, small.Dropped);
        Assert.True(small.TryTake(out var call, 0));
        Assert.Equal(5UL, call.ByteCount);
        small.Accept(Plaintext(Direction.Egress, 10, "hello"));
        Assert.Equal(1, small.Dropped);
    }

    [Fact]
    public void Another_object_on_the_same_socket_begins_anew()
    {
        using var tap = new PlaintextTap();
        tap.Open(Connection());
        tap.Accept(Plaintext(Direction.Egress, 0, "hello"));
        tap.BindTls(_id, SegmentSource.OpenSsl, true, PeerProof.NestedCall);
        tap.Accept(Plaintext(Direction.Egress, 0, "hello"));
        Assert.True(tap.TryTake(out var first, 0));
        Assert.True(tap.TryTake(out var second, 0));
        Assert.NotSame(first.Stream, second.Stream);
    }

    private static void Talk(CliRun run)
    {
        var tap = run.Settings!.Tap!;
        tap.Open(Connection());
        tap.Accept(new Segment
        {
            Connection = _id,
            Direction = Direction.Egress,
            StreamOffset = 0,
            ByteCount = 10,
            Head = "ciphertext"u8,
            Time = default,
        });
        tap.ProtocolFound(_id, Protocol.Tls);
        tap.BindTls(_id, SegmentSource.OpenSsl, true, PeerProof.NestedCall);
        tap.ProtocolFound(_id, Protocol.Http1);
        tap.Accept(Plaintext(Direction.Egress, 0, "GET / HTTP/1.1\r\nAuthorization: Bearer 5esame\r\n\r\n"));
        tap.Close(_id, 9);
    }

    private static ConnectionInfo Connection() => new()
    {
        Id = _id,
        Role = EndpointRole.Client,
        Remote = new IPEndPoint(IPAddress.Parse("10.0.0.2"), 443),
        PeerProof = PeerProof.NestedCall,
    };

    private static Segment Plaintext(Direction direction, ulong offset, string text) => new()
    {
        Connection = _id,
        Direction = direction,
        Source = SegmentSource.OpenSsl,
        StreamOffset = offset,
        ByteCount = (ulong)text.Length,
        Head = System.Text.Encoding.ASCII.GetBytes(text),
        Time = new SegmentTime(1, 2, 7, 7),
    };
}
