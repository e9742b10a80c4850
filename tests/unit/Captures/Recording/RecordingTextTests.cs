// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;
using Xunit;

namespace L7Trace.UnitTests.Captures.Recording;

public sealed class RecordingTextTests
{
    [Theory]
    [InlineData("mysqld", "/run/mysqld/mysqld.sock")]
    [InlineData("a b=c", "@abstract name")]
    [InlineData("x\nl7trace end at=1", "")]
    [InlineData("%41%", "/tmp/ä \u001b[31m\0\u007f💥")]
    public void A_connection_comes_back_whatever_its_names_are(string command, string path)
    {
        var connection = new ConnectionInfo
        {
            Id = new ConnectionId(0xFEDCBA9876543210),
            Role = EndpointRole.Server,
            RoleEvidence = RoleEvidence.UnixPath,
            ProcessId = 77,
            ProcessCommand = command,
            CgroupId = ulong.MaxValue,
            NetworkNamespace = 4026531840,
            UnixPath = path,
            PeerProcessId = 78,
            Inode = 5,
            PeerInode = 6,
            FromStart = true,
            OffsetsKnown = true,
            EgressOffset = ulong.MaxValue,
            IngressOffset = 1,
            FirstSeen = -5,
            PeerProof = PeerProof.Socket,
        };
        var text = Encode(x => x.Connection(Start(connection)));
        Assert.DoesNotContain('\n', text);
        Assert.All(text, x => Assert.InRange(x, ' ', '~'));
        var read = Decode(text);
        Assert.Equal(RecordedFactKind.Connection, read.Kind);
        Assert.Equivalent(connection, read.Connection, strict: true);
    }

    [Theory]
    [InlineData("127.0.0.1", "10.0.0.1")]
    [InlineData("::1", "fe80::1%3")]
    public void Addresses_come_back(string local, string remote)
    {
        var connection = new ConnectionInfo
        {
            Id = new ConnectionId(1),
            Local = new IPEndPoint(IPAddress.Parse(local), 65535),
            Remote = new IPEndPoint(IPAddress.Parse(remote), 1),
        };
        var read = Decode(Encode(x => x.Connection(Start(connection)))).Connection;
        Assert.Equal((connection.Local, connection.Remote), (read?.Local, read?.Remote));
    }

    [Fact]
    public void A_call_comes_back_with_its_flags_and_its_source()
    {
        var text = Encode(x => x.Call(
            new Segment
            {
                Connection = new ConnectionId(9),
                Direction = Direction.Ingress,
                Source = SegmentSource.GoTls,
                Flags = SegmentFlags.Fault | SegmentFlags.LengthOnly,
                StreamOffset = ulong.MaxValue - 10,
                ByteCount = 10,
                Time = new SegmentTime(1000, 400, 3, 4),
            },
            3,
            2));
        var call = Decode(text);
        Assert.Equal(
            (RecordedFactKind.Call, 9UL, Direction.Ingress, SegmentSource.GoTls, SegmentFlags.Fault | SegmentFlags.LengthOnly),
            (call.Kind, call.Id.Value, call.Direction, call.Source, call.Flags));
        Assert.Equal(
            (ulong.MaxValue - 10, 10UL, 3u, 2u, -600L, 3u, 4u),
            (call.Offset, call.Bytes, call.Head, call.Tail, call.Took, call.ProcessId, call.ThreadId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("l7trace ")]
    [InlineData("l7trace call")]
    [InlineData("l7trace call id=1 dir=out offset=0 bytes=5 head=4 tail=2")]
    [InlineData("l7trace call id=1 dir=out offset=0 bytes=4294967301 head=4294967296")]
    [InlineData("l7trace call id=1 dir=sideways offset=0 bytes=5")]
    [InlineData("l7trace call id=g dir=out offset=0 bytes=5")]
    [InlineData("l7trace call id=1 dir=out offset=-1 bytes=5")]
    [InlineData("l7trace call id=1 dir=out offset=0 bytes=18446744073709551616")]
    [InlineData("l7trace close id=1")]
    [InlineData("l7trace time at=")]
    [InlineData("l7trace connection id=1 command=%4")]
    [InlineData("l7trace connection id=1 command=%zz")]
    [InlineData("l7trace connection id=1 local=nowhere:1")]
    [InlineData("l7trace connection id=1 =")]
    [InlineData("l7trace loss at=1")]
    [InlineData("l7trace loss gaps=1")]
    [InlineData("l7trace loss at=1 gaps=-1")]
    [InlineData("l7trace loss at=1 gaps=18446744073709551616")]
    [InlineData("l7trace loss at=1 GAPS=1")]
    [InlineData("l7trace loss at=1 a_name_that_is_longer_than_any_one=1")]
    [InlineData("L7TRACE end at=1")]
    public void What_makes_no_sense_is_refused(string line) =>
        Assert.False(RecordingDecoder.TryDecode(Encoding.UTF8.GetBytes(line), out _));

    [Fact]
    public void Losses_come_back_with_their_names()
    {
        RecordedLoss[] losses = [new("data_ring_full", 7), new("of_a_later_version", ulong.MaxValue)];
        var text = Encode(x => x.Loss(5, losses));
        Assert.Equal("l7trace loss at=5 data_ring_full=7 of_a_later_version=18446744073709551615", text);
        var read = Decode(text);
        Assert.Equal((RecordedFactKind.Loss, 5), (read.Kind, read.Time));
        Assert.Equal(losses, read.Losses);
    }

    [Fact]
    public void Names_of_a_later_version_are_passed_over() =>
        Assert.Equal(7, Decode("l7trace end at=7 mood=good").Time);

    [Fact]
    public void Random_lines_never_throw()
    {
        var random = new Random(11);
        var line = Encoding.ASCII.GetBytes("l7trace connection id=1 role=client command=%41 local=1.2.3.4:5 flags=end,fault offset=1");
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = line.ToArray();
            for (var n = random.Next(6); n >= 0; n--)
            {
                bytes[8 + random.Next(bytes.Length - 8)] = (byte)random.Next(256);
            }

            RecordingDecoder.TryDecode(bytes.AsSpan(0, random.Next(bytes.Length)), out _);
        }
    }

    private static RecordedStart Start(ConnectionInfo info) => new(
        info, info.Role, info.RoleEvidence, info.FromStart, info.OffsetsKnown, info.EgressOffset, info.IngressOffset);

    private static string Encode(Action<RecordingEncoder> encode)
    {
        var encoder = new RecordingEncoder();
        encode(encoder);
        return Encoding.ASCII.GetString(encoder.Text);
    }

    private static RecordedFact Decode(string line)
    {
        Assert.True(RecordingDecoder.TryDecode(Encoding.ASCII.GetBytes(line), out var fact), line);
        return fact;
    }
}
