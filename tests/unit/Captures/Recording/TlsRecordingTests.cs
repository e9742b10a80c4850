// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.MySql;
using Xunit;
using static L7Trace.UnitTests.Captures.Recording.RecordedSegment;
using static L7Trace.UnitTests.Captures.Recording.RecordingRun;

namespace L7Trace.UnitTests.Captures.Recording;

public sealed class TlsRecordingTests
{
    private static readonly byte[] Hello = [0x16, 3, 1, 0, 60, 1, .. Ascii("a hello of a client, and ciphertext after it, that nobody may see")];
    private static readonly byte[] Ciphertext = [0x17, 3, 3, 0, 40, .. Ascii("CIPHERTEXT CIPHERTEXT CIPHERTEXT CIPHERT")];
    private static readonly byte[] Request = Ascii("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    private static readonly byte[] Response = Ascii("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(true, 9)]
    public void Https_comes_back_with_its_peer_and_its_proof_and_without_ciphertext(bool fromStart, int split)
    {
        var run = new RecordingRun();
        run.Open(Tcp(7, fromStart));
        Cipher(run, 7);
        run.BindTls(7, fromStart);
        Cipher(run, 7, 3); // it was on its way when the proof came
        Talk(run, 7, split);
        Cipher(run, 7, 6);
        Talk(run, 7, split, (ulong)Request.Length, (ulong)Response.Length);
        run.Close(7);
        run.Finish();
        AssertSame(run, 2);
        Assert.All(run.Shown, static x => Assert.Contains(" tls NestedCall", x, StringComparison.Ordinal));
        Assert.Equal(0, run.Recorder.Withheld);
        AssertNoCiphertext(run);
        Assert.Equal(
            string.Concat(Enumerable.Repeat(Encoding.ASCII.GetString(Request), 2)), Stream(run.Files[0], toServer: true));
    }

    [Fact]
    public void Plaintext_has_the_sequence_numbers_behind_what_was_in_the_clear()
    {
        var run = new RecordingRun();
        run.Open(Tcp(7));
        Cipher(run, 7);
        run.BindTls(7, true);
        Talk(run, 7, 1);
        run.Finish();
        var packets = Packets(run.Files[0]);
        Assert.Equal((4999u, 2), (packets[0].Sequence, packets[0].Flags)); // SYN
        Assert.Equal(5000u, packets[3].Sequence);
        Assert.Equal(1000u, packets[5].Sequence);
        Assert.Equal(5000u + (uint)Request.Length, packets[5].Acknowledgement);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Mysql_is_one_stream_of_greeting_and_plaintext_with_the_request_for_tls_aside(bool isSplit)
    {
        var run = new RecordingRun();
        var (client, server) = MySqlTls(run, isSplit);
        run.Finish();
        AssertSame(run, 2);
        Assert.Contains(run.Shown, static x => x.Contains("SELECT 1", StringComparison.Ordinal) && x.Contains(" tls ", StringComparison.Ordinal));
        AssertNoCiphertext(run);
        var toServer = Packets(run.Files[0]).Where(static x => x.LinkType == 101 && x.DestinationPort == 80).SelectMany(static x => x.Payload);
        Assert.Equal(client, toServer);
        var toClient = Packets(run.Files[0]).Where(static x => x.LinkType == 101 && x.SourcePort == 80).SelectMany(static x => x.Payload);
        Assert.Equal(server, toClient);
        Assert.Equal(36, Packets(run.Files[0]).Where(static x => x.LinkType != 101).Sum(static x => x.Payload.Length));
    }

    [Fact]
    public void Another_object_on_the_same_socket_is_another_tcp_stream()
    {
        var run = new RecordingRun();
        run.Open(Tcp(7));
        run.BindTls(7, true);
        Talk(run, 7, 1);
        run.BindTls(7, true);
        Talk(run, 7, 1);
        run.Close(7);
        run.Finish();
        AssertSame(run, 2);
        var syns = Packets(run.Files[0]).Where(static x => (x.Flags & 18) == 2 && x.LinkType == 101).ToArray();
        Assert.Equal(2, syns.Length);
        Assert.NotEqual(syns[0].Sequence, syns[1].Sequence);
    }

    [Fact]
    public void Rotated_files_go_on_with_the_object_and_one_alone_begins_in_its_middle()
    {
        var run = new RecordingRun(new() { Version = "test", RotateBytes = 1 });
        run.Open(Tcp(7));
        Cipher(run, 7);
        run.BindTls(7, true);
        for (var i = 0UL; i < 3; i++)
        {
            run.Call(7, Direction.Ingress, i * (ulong)Request.Length, Request, source: SegmentSource.OpenSsl);
            run.Pass();
            run.Call(7, Direction.Egress, i * (ulong)Response.Length, Response, source: SegmentSource.OpenSsl);
            run.Pass();
        }

        run.Finish();
        Assert.True(run.Files.Count > 3);
        AssertSame(run, 3);
        var rest = ReadBack(run.Files[^2], run.Files[^1]).Found;
        Assert.NotEmpty(rest);
        Assert.All(rest, static x => Assert.DoesNotContain("Kind = Complete", x, StringComparison.Ordinal));
    }

    [Fact]
    public void A_peer_that_was_learnt_late_is_in_the_recording()
    {
        var run = new RecordingRun();
        var own = Own(run, 1UL << 62 | 5);
        Talk(run, own.Id.Value, 1);
        Assert.Contains(" tls Unknown", Assert.Single(run.Shown), StringComparison.Ordinal);
        (own.Local, own.Remote, own.PeerProof) = (IPEndPoint.Parse("[::1]:443"), IPEndPoint.Parse("[fe80::1%3]:5"), PeerProof.CiphertextMatch);
        run.Recorder.LearnPeer(own);
        Talk(run, own.Id.Value, 1, (ulong)Request.Length, (ulong)Response.Length);
        run.Finish();
        AssertSame(run, 2);
        Assert.Contains("[::1]:443", run.Shown[1], StringComparison.Ordinal);
        Assert.All(Packets(run.Files[0]).Where(static x => x.LinkType == 101), static x => Assert.Equal(0x01, x.FirstOfAddress));
    }

    [Fact]
    public void Connections_that_stay_tls_are_withheld_and_those_with_plaintext_are_not()
    {
        var run = new RecordingRun();
        foreach (var id in new[] { 7UL, 8UL })
        {
            run.Open(Tcp(id));
            Cipher(run, id);
        }

        Assert.Equal(2, run.Recorder.Withheld);
        run.BindTls(8, true);
        Talk(run, 8, 1);
        run.Finish();
        Assert.Equal(1, run.Recorder.Withheld);
        AssertNoCiphertext(run);
    }

    private static ConnectionInfo Own(RecordingRun run, ulong id)
    {
        var info = new ConnectionInfo
        {
            Id = new ConnectionId(id),
            ProcessId = 12,
            FromStart = true,
            OffsetsKnown = true,
            FirstSeen = Epoch,
            PeerProof = PeerProof.Unknown,
        };
        run.Open(info);
        return info;
    }

    private static void Cipher(RecordingRun run, ulong id, int after = 0)
    {
        var offset = after == 0 ? 5000UL : 5000 + (ulong)(Hello.Length + (after * Ciphertext.Length));
        run.Call(id, Direction.Ingress, offset, after == 0 ? Hello : Ciphertext);
        run.Call(id, Direction.Egress, 1000 + (ulong)(after * Ciphertext.Length), Ciphertext);
    }

    private static void Talk(RecordingRun run, ulong id, int split, ulong ingress = 0, ulong egress = 0)
    {
        run.Call(id, Direction.Ingress, ingress, Request.AsSpan(0, split), source: SegmentSource.OpenSsl);
        run.Call(id, Direction.Ingress, ingress + (ulong)split, Request.AsSpan(split), source: SegmentSource.OpenSsl);
        run.Call(id, Direction.Egress, egress, Response, source: SegmentSource.OpenSsl);
    }

    // What the client and the server said, without the packet that asks for TLS.
    private static (byte[] Client, byte[] Server) MySqlTls(RecordingRun run, bool isSplit)
    {
        const uint Flags = Wire.ClientFlags | (1u << 24) | (1u << 11);
        var asks = Wire.Packet(1, [.. BitConverter.GetBytes(Flags), 0, 0, 0, 1, 45, .. new byte[23]]);
        var greeting = Wire.Greeting(0xffffffff);
        byte[][] client = [Wire.Login(Flags, sequence: 2), Wire.Query("SELECT 1")];
        byte[][] server = [Wire.Ok(3), Wire.Ok(1)];
        run.Open(Tcp(7));
        run.Call(7, Direction.Egress, 1000, greeting);
        run.Call(7, Direction.Ingress, 5000, asks.AsSpan(0, isSplit ? 4 : 36));
        if (isSplit)
        {
            run.Call(7, Direction.Ingress, 5004, asks.AsSpan(4));
        }

        run.Call(7, Direction.Ingress, 5036, Hello);
        run.Call(7, Direction.Egress, 1000 + (ulong)greeting.Length, Ciphertext);
        run.BindTls(7, true);
        ulong sent = 0, received = 0;
        for (var i = 0; i < client.Length; i++)
        {
            run.Call(7, Direction.Ingress, received, client[i], source: SegmentSource.OpenSsl);
            run.Call(7, Direction.Ingress, 5036 + (ulong)(Hello.Length + (i * Ciphertext.Length)), Ciphertext);
            run.Call(7, Direction.Egress, sent, server[i], source: SegmentSource.OpenSsl);
            (received, sent) = (received + (ulong)client[i].Length, sent + (ulong)server[i].Length);
        }

        return (Wire.Join(client), [.. greeting, .. Wire.Join(server)]);
    }

    private static void AssertSame(RecordingRun run, int count)
    {
        Assert.Equal(count, run.Shown.Count);
        Assert.Equal(run.Shown, ReadBack(run.Files).Found);
    }

    private static void AssertNoCiphertext(RecordingRun run) => Assert.All(run.Files, static file =>
    {
        var text = Encoding.Latin1.GetString(file.ToArray());
        Assert.DoesNotContain("CIPHERTEXT", text, StringComparison.Ordinal);
        Assert.DoesNotContain("a hello of a client", text, StringComparison.Ordinal);
    });

    private static string Stream(MemoryStream file, bool toServer) => Encoding.ASCII.GetString(
        [.. Packets(file).Where(x => x.LinkType == 101 && x.DestinationPort == 80 == toServer).SelectMany(static x => x.Payload)]);
}
