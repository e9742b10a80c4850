// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Events;
using Xunit;
using static L7Trace.Probe.Events.EventLayout;
using Make = L7Trace.UnitTests.Support.Events;

namespace L7Trace.UnitTests.Events;

public sealed class EventConversionTests
{
    private static readonly MonotonicClock Clock = new(offset: 1_000_000);

    [Theory]
    [InlineData(AddressFamilies.Inet, "127.0.0.1", "127.0.0.1")]
    [InlineData(AddressFamilies.Inet6, "::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData(AddressFamilies.Inet6, "2001:db8::7", "2001:db8::7")]
    [InlineData(AddressFamilies.Inet6, "::1", "::1")]
    public void An_address_in_network_order_is_read_and_a_mapped_one_becomes_what_it_means(
        ushort family, string address, string expected)
    {
        var bytes = new byte[16];
        IPAddress.Parse(address).GetAddressBytes().CopyTo(bytes, 0);
        Assert.Equal(
            new IPEndPoint(IPAddress.Parse(expected), 3306), EventConversion.EndPoint(family, bytes, 3306));
    }

    [Theory]
    [InlineData("/run/mysqld/mysqld.sock\0rest", 28u, "/run/mysqld/mysqld.sock")]
    [InlineData("/run/a", 6u, "/run/a")]
    [InlineData("/run/a", 200u, "/run/a")]
    [InlineData("/run/a", 4u, "/run")]
    [InlineData("\0name", 5u, "@name")]
    [InlineData("\0na\0me", 6u, "@na")]
    [InlineData("\0", 1u, "")]
    [InlineData("", 0u, "")]
    [InlineData("/tmp/\u001b[31m", 9u, "/tmp/\u001b[31")]
    public void A_unix_path_ends_at_its_nul_and_the_abstract_kind_gets_an_at_sign(
        string path, uint length, string expected) =>
        Assert.Equal(expected, EventConversion.UnixPath(System.Text.Encoding.UTF8.GetBytes(path), length));

    [Fact]
    public void Text_that_is_not_utf8_is_replaced_and_not_refused() =>
        Assert.Equal("a\ufffdb", EventConversion.Text([(byte)'a', 0xff, (byte)'b', 0, (byte)'c']));

    [Fact]
    public void A_tcp_connection_has_two_end_points_and_no_path()
    {
        var open = Make.Open(5) with { Role = L7Role.Client, RoleEvidence = L7RoleEvidence.Connect, FromStart = 1 };
        open.LocalAddress[0] = 10;
        open.RemoteAddress[3] = 9;
        "curl"u8.CopyTo(open.Comm);
        var connection = EventConversion.ToConnection(open, Clock);
        Assert.Equal(new ConnectionId(5), connection.Id);
        Assert.Equal("10.0.0.0:40000", connection.Local!.ToString());
        Assert.Equal("0.0.0.9:3306", connection.Remote!.ToString());
        Assert.Null(connection.UnixPath);
        Assert.Equal("curl", connection.ProcessCommand);
        Assert.Equal((EndpointRole.Client, RoleEvidence.Connect), (connection.Role, connection.RoleEvidence));
        Assert.Equal(1_001_000, connection.FirstSeen);
        Assert.True(connection.FromStart);
    }

    [Fact]
    public void A_unix_connection_has_a_path_and_no_end_points()
    {
        var open = Make.Open(5) with { Family = AddressFamilies.Unix, UnixPathLen = 6, PeerTgid = 12 };
        "/run/x"u8.CopyTo(open.UnixPath);
        var connection = EventConversion.ToConnection(open, Clock);
        Assert.Equal("/run/x", connection.UnixPath);
        Assert.Null(connection.Local);
        Assert.Null(connection.Remote);
        Assert.Equal(12u, connection.PeerProcessId);
    }

    [Fact]
    public void A_segment_keeps_what_the_record_says()
    {
        var value = Make.Data(5, captured: 3, tail: 1, moved: 90) with
        {
            Direction = L7Direction.Ingress,
            Protocol = L7Protocol.Mysql,
            Header = Make.Data(5, 4).Header with { Flags = L7DataFlags.OffsetUnproven | L7DataFlags.Fault },
        };
        Assert.True(new EventDecoder().TryDecodeData(Make.Bytes(value, "abcz"u8), out var record));
        var segment = EventConversion.ToSegment(record, Clock);
        Assert.Equal(Direction.Ingress, segment.Direction);
        Assert.Equal(SegmentFlags.OffsetUnproven | SegmentFlags.Fault, segment.Flags);
        Assert.Equal((100UL, 90UL), (segment.StreamOffset, segment.ByteCount));
        Assert.Equal("abc"u8, segment.Head);
        Assert.Equal("z"u8, segment.Tail);
        Assert.Equal(new SegmentTime(1_000_010, 1_000_020, 77, 78), segment.Time);
        Assert.Equal(Protocol.MySql, segment.ProtocolHint);
    }

    [Fact]
    public void The_model_and_the_contract_give_the_same_numbers_to_the_same_things()
    {
        Assert.Equal((byte)L7Direction.Ingress, (byte)Direction.Ingress);
        Assert.Equal((byte)L7Role.Server, (byte)EndpointRole.Server);
        Assert.Equal((byte)L7RoleEvidence.UnixPath, (byte)RoleEvidence.UnixPath);
        Assert.Equal((byte)L7Source.GoTls, (byte)SegmentSource.GoTls);
        Assert.Equal((byte)L7Source.Ktls, (byte)SegmentSource.KernelTls);
        Assert.Equal((byte)L7Protocol.Other, (byte)Protocol.Other);
        Assert.Equal((byte)L7Protocol.Http1, (byte)Protocol.Http1);
        Assert.Equal((ushort)L7DataFlags.LengthOnly, (ushort)SegmentFlags.LengthOnly);
        Assert.Equal((uint)L7LossReason.Reasons, (uint)Probe.LossReason.Undecodable);
    }
}
