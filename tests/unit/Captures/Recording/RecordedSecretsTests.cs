// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;
using Xunit;
using static L7Trace.UnitTests.Captures.Recording.RecordedSegment;
using static L7Trace.UnitTests.Captures.Recording.RecordingRun;

namespace L7Trace.UnitTests.Captures.Recording;

/// <summary>`record --with-keys`: ciphertext, and in front of it the secrets that decrypt it.</summary>
public sealed class RecordedSecretsTests
{
    private const uint SecretsBlock = 10;
    private const uint PacketBlock = 6;

    private static readonly byte[] Random = [.. Enumerable.Range(0, 32).Select(static x => (byte)(x * 7 + 1))];
    private static readonly byte[] Hello = [0x16, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3, .. Random, .. new byte[22]];
    private static readonly byte[] Answer = [0x16, 3, 3, 0, 40, 2, .. Ascii("a server's hello, as random as one can be")];
    private static readonly byte[] Ciphertext = [0x17, 3, 3, 0, 40, .. Ascii("CIPHERTEXT CIPHERTEXT CIPHERTEXT CIPHERT")];

    [Theory]
    [InlineData(60)]
    [InlineData(5)]
    [InlineData(1)]
    public void Ciphertext_stands_behind_its_secrets_though_these_come_after_the_handshake(int firstCall)
    {
        var run = Begin();
        Say(run, Direction.Ingress, 0, Hello, firstCall);
        run.Call(7, Direction.Egress, 1000, Answer);
        run.Recorder.AddSecret(Bytes("CLIENT_HANDSHAKE_TRAFFIC_SECRET"));
        run.Recorder.AddSecret(Bytes("SERVER_TRAFFIC_SECRET_0"));
        run.Call(7, Direction.Ingress, 5000 + (ulong)Hello.Length, Ciphertext);
        run.Recorder.AddSecret(Bytes("CLIENT_TRAFFIC_SECRET_0"));
        run.Call(7, Direction.Egress, 1000 + (ulong)Answer.Length, Ciphertext);
        run.Close(7);
        run.Finish();
        var blocks = Blocks(run.Files[0]);
        Assert.Equal(1, blocks.Count(static x => x.Type == SecretsBlock));
        var first = blocks.FindIndex(static x => x.Type == PacketBlock && x.Bytes.AsSpan().IndexOf("as random as"u8) >= 0);
        Assert.InRange(blocks.FindIndex(static x => x.Type == SecretsBlock), 0, first);
        Assert.Equal(
            Line("CLIENT_HANDSHAKE_TRAFFIC_SECRET") + Line("SERVER_TRAFFIC_SECRET_0") + Line("CLIENT_TRAFFIC_SECRET_0"),
            Secrets(blocks.Single(static x => x.Type == SecretsBlock).Bytes));
        Assert.Equal((byte[])[.. Hello, .. Ciphertext], Payload(run, 80));
        Assert.Equal((1, 1, 0), (run.Recorder.Encrypted, run.Recorder.Decryptable, run.Recorder.Withheld));
        Assert.Empty(ReadBack(run.Files).Found);
    }

    [Fact]
    public void Without_secrets_it_is_recorded_when_nothing_more_comes_and_counted_as_such()
    {
        var run = Begin();
        run.Call(7, Direction.Ingress, 5000, Hello);
        run.Recorder.AddSecret(Bytes("CLIENT_RANDOM", new string('5', 64))); // another connection's
        run.Recorder.Tick(Epoch + 500_000_000);
        Assert.Empty(Payload(run, 80));
        run.Recorder.Tick(Epoch + 5_000_000_000);
        run.Finish();
        Assert.Equal(Hello, Payload(run, 80));
        Assert.DoesNotContain(Blocks(run.Files[0]), static x => x.Type == SecretsBlock);
        Assert.Equal((1, 0), (run.Recorder.Encrypted, run.Recorder.Decryptable));
    }

    [Fact]
    public void A_connection_with_more_calls_than_are_kept_loses_none()
    {
        var run = Begin();
        run.Call(7, Direction.Ingress, 5000, Hello);
        var at = 5000 + (ulong)Hello.Length;
        for (var i = 0; i < 1000; i++, at += (ulong)Ciphertext.Length)
        {
            run.Call(7, Direction.Ingress, at, Ciphertext);
        }

        run.Finish();
        Assert.Equal(Hello.Length + (1000 * Ciphertext.Length), Payload(run, 80).Length);
        Assert.Equal(0, run.Recorder.Emptied);
    }

    [Fact]
    public void Secrets_of_connections_that_are_not_chosen_are_not_written()
    {
        var run = Begin(static (_, _, _) => false);
        run.Call(7, Direction.Ingress, 5000, Hello);
        run.Recorder.AddSecret(Bytes("CLIENT_RANDOM"));
        run.Call(7, Direction.Ingress, 5000 + (ulong)Hello.Length, Ciphertext);
        run.Close(7);
        run.Finish();
        Assert.DoesNotContain(Blocks(run.Files[0]), static x => x.Type == SecretsBlock);
        Assert.Empty(Payload(run, 80));
    }

    [Fact]
    public void Mysqls_request_for_tls_stays_in_the_stream_and_its_secrets_stand_in_front()
    {
        byte[] greeting = MySql.Wire.Greeting(0xffffffff);
        byte[] request = [32, 0, 0, 1, 0x85, 0xae, 0xff, 0x19, 0, 0, 0, 1, 0x21, .. new byte[23]];
        var run = Begin();
        run.Call(7, Direction.Egress, 1000, greeting);
        run.Call(7, Direction.Ingress, 5000, (byte[])[.. request, .. Hello]);
        run.Recorder.AddSecret(Bytes("CLIENT_RANDOM"));
        run.Call(7, Direction.Egress, 1000 + (ulong)greeting.Length, Answer);
        run.Finish();
        Assert.Equal((byte[])[.. request, .. Hello], Payload(run, 80));
        Assert.Equal((1, 1), (run.Recorder.Encrypted, run.Recorder.Decryptable));
    }

    private static RecordingRun Begin(Func<ConnectionInfo, Protocol, uint, bool>? wanted = null)
    {
        var run = new RecordingRun(new RecorderOptions { Version = "test", WithKeys = true, Wanted = wanted });
        run.Open(Tcp(7));
        return run;
    }

    private static void Say(RecordingRun run, Direction direction, ulong at, ReadOnlySpan<byte> bytes, int firstCall)
    {
        firstCall = Math.Min(firstCall, bytes.Length);
        run.Call(7, direction, 5000 + at, bytes[..firstCall]);
        if (firstCall < bytes.Length)
        {
            run.Call(7, direction, 5000 + at + (ulong)firstCall, bytes[firstCall..]);
        }
    }

    private static string Line(string label, string? random = null) =>
        $"{label} {random ?? Convert.ToHexStringLower(Random)} {new string('a', 96)}\n";

    private static byte[] Bytes(string label, string? random = null) => Ascii(Line(label, random));

    private static string Secrets(byte[] block)
    {
        Assert.Equal(0x544C534Bu, BinaryPrimitives.ReadUInt32LittleEndian(block));
        return Encoding.ASCII.GetString(block, 8, BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(4)));
    }

    private static byte[] Payload(RecordingRun run, int port) =>
        [.. Packets(run.Files[0]).Where(x => x.LinkType == 101 && x.DestinationPort == port).SelectMany(static x => x.Payload)];

    // Types and bodies, read apart from the code under test.
    private static List<(uint Type, byte[] Bytes)> Blocks(MemoryStream file)
    {
        var bytes = file.ToArray();
        var result = new List<(uint, byte[])>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4));
            result.Add((BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)), bytes[(at + 8)..(at + length - 4)]));
            at += length;
        }

        return result;
    }
}
