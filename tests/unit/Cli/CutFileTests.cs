// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.RegularExpressions;
using L7Trace.Cli;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;
using L7Trace.UnitTests.Captures;
using L7Trace.UnitTests.Captures.Recording;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary>
/// Files cut at every byte, through the command: exit code 1 with what was found and the place of the damage; 0 where the
/// file ends between two records, since nothing tells then that there was more.
/// </summary>
public sealed partial class CutFileTests : IDisposable
{
    private const int Step = 7;

    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public static TheoryData<string> Kinds => ["pcap", "pcapng", "recording"];

    public void Dispose() => File.Delete(_path);

    // The last two blocks of a recording are statistics, behind its end.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_cut_at_any_byte(string kind)
    {
        var file = Make(kind);
        var ends = RecordEnds(file);
        Assert.Equal(file.Length, ends[^1]);
        var whole = "";
        for (var length = 0; length <= file.Length; length++)
        {
            if (kind == "recording" && length % Step != 0 && !ends.Exists(end => Math.Abs(end - length) < 2))
            {
                continue; // it is long, and mostly text
            }

            var run = Watch(file[..length], out var code);
            if (ends.Contains(length))
            {
                Assert.Equal(ExitCode.Done, code);
                Assert.StartsWith(whole, run.Output, StringComparison.Ordinal);
                Assert.Equal(kind == "recording" && length < ends[^3] && length > ends[2],
                    run.Error.Contains("lacks its end", StringComparison.Ordinal));
                whole = run.Output;
                continue;
            }

            Assert.Equal(ExitCode.Failure, code);
            Assert.Equal(whole, run.Output);
            Assert.Contains(
                length > ends[0] ? $"is damaged at byte {ends.Last(end => end < length)}: the file ends inside "
                : length == 0 ? "it is empty"
                : length < 4 || kind == "pcap" ? "can't read "
                : "is damaged at byte 0: the file ends inside ",
                run.Error,
                StringComparison.Ordinal);
        }

        Assert.Equal(2, whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("pcap", 1)]
    [InlineData("pcapng", 1)]
    [InlineData("recording", 1)]
    [InlineData("pcap", 3)]
    [InlineData("pcapng", 3)]
    public void A_compressed_file_cut_at_any_byte(string kind, int members)
    {
        var file = Make(kind);
        var ends = RecordEnds(file);
        var parts = Enumerable.Range(0, members)
            .Select(i => Zip(file[(file.Length * i / members)..(file.Length * (i + 1) / members)])).ToArray();
        var zipped = parts.SelectMany(static part => part).ToArray();
        var memberEnds = parts.Select((_, i) => parts.Take(i + 1).Sum(static part => part.Length)).ToArray();
        var whole = Watch(zipped, out var done).Output;
        Assert.Equal(ExitCode.Done, done);
        Assert.Equal(Watch(file, out _).Output, whole);
        for (var length = 0; length < zipped.Length; length += kind == "recording" && length < zipped.Length - 20 ? Step : 1)
        {
            var run = Watch(zipped[..length], out var code);
            Assert.True(code == ExitCode.Failure, $"cut at {length} of {zipped.Length}, members end at {string.Join(' ', memberEnds)}");
            Assert.StartsWith(run.Output, whole, StringComparison.Ordinal);
            var place = DamagePlace().Match(run.Error);
            Assert.True(
                place.Success ? ends.Prepend(0).Contains(int.Parse(place.Groups[1].Value))
                    : run.Error.Contains("can't read ", StringComparison.Ordinal),
                $"{length}: {run.Error}");
        }
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0x1F })]
    [InlineData(new byte[] { 0x1F, 0x8B, 8 })]
    [InlineData(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    public void Something_else_behind_the_compressed_data_is_said_and_all_in_front_of_it_is_shown(byte[] tail)
    {
        var file = Make("pcap");
        var run = Watch([.. Zip(file), .. tail], out var code);
        Assert.Equal(ExitCode.Failure, code);
        Assert.Equal(Watch(file, out _).Output, run.Output);
        Assert.Contains($"is damaged at byte {file.Length}: ", run.Error, StringComparison.Ordinal);
    }

    private CliRun Watch(byte[] file, out int code)
    {
        File.WriteAllBytes(_path, file);
        var run = new CliRun();
        code = run.Run("watch", "-r", _path);
        return run;
    }

    private static byte[] Make(string kind)
    {
        var (ask, reply) = (TcpTalk.Get(1), TcpTalk.Ok(1));
        if (kind == "recording")
        {
            var run = new RecordingRun();
            run.Open(RecordingRun.Tcp(7));
            for (var i = 0UL; i < 2; i++)
            {
                run.Call(7, Direction.Ingress, 5000 + (i * (ulong)ask.Length), RecordingRun.Ascii(ask));
                run.Call(7, Direction.Egress, 1000 + (i * (ulong)reply.Length), RecordingRun.Ascii(reply));
                run.Lose(1, new Probe.Captures.Recording.RecordedLoss("data_ring_full", 1));
            }

            run.Close(7);
            run.Finish();
            return run.Files[0].ToArray();
        }

        var pcap = new TcpTalk().Handshake()
            .Client(TcpFlag.Ack, 0, ask).Server(TcpFlag.Ack, 0, reply, ask.Length)
            .Client(TcpFlag.Ack, ask.Length, ask, reply.Length).Server(TcpFlag.Ack, reply.Length, reply, 2 * ask.Length).Build();
        if (kind == "pcap")
        {
            return pcap;
        }

        var builder = new PcapngBuilder();
        builder.Section(builder.Comment("a section"), builder.Option(0, [])).Interface(101);
        using var reader = CaptureReader.Open(new MemoryStream(pcap));
        while (reader.Read())
        {
            builder.Packet((ulong)reader.Packet.Time / 1000, reader.Packet.Bytes.ToArray(), options: builder.Comment("a packet"));
            builder.Block(0x1234, new byte[12]); // unknown: passed over
        }

        return builder.Bytes;
    }

    // Where a record or block ends, the first one being the file's header or the section's.
    private static List<int> RecordEnds(byte[] file)
    {
        var isPcap = BinaryPrimitives.ReadUInt32LittleEndian(file) == 0xA1B2C3D4;
        var ends = new List<int>();
        for (var at = 0; at < file.Length;)
        {
            at += !isPcap ? BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4))
                : at == 0 ? 24
                : 16 + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            ends.Add(at);
        }

        return ends;
    }

    private static byte[] Zip(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }

    [GeneratedRegex("is damaged at byte ([0-9]+): ")]
    private static partial Regex DamagePlace();
}
