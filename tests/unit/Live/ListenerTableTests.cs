// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Live;
using Xunit;

namespace L7Trace.UnitTests.Live;

public sealed class ListenerTableTests
{
    private const string Tcp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   104        0 21 1 00 100 0 0 10 0
           1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22 1 00 100 0 0 10 0
           2: 0100007F:9C40 0100007F:0CEA 01 00000000:00000000 00:00000000 00000000     0        0 23 1 00 20 4 30 10 -1
           3: 0100007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 24 1 00 20 4 30 10 -1
        """;

    [Fact]
    public void Listeners_are_read_up_to_the_first_socket_in_another_state()
    {
        var listeners = new HashSet<IPEndPoint>();
        ListenerTable.Parse(new StringReader(Tcp), listeners);
        Assert.Equal(["0.0.0.0:8080", "127.0.0.1:3306"], listeners.Select(end => end.ToString()).Order());
    }

    [Theory]
    [InlineData("0100007F:0CEA", "127.0.0.1:3306")]
    [InlineData("00000000000000000000000001000000:0050", "[::1]:80")]
    [InlineData("00000000000000000000000000000000:0050", "[::]:80")]
    [InlineData("0000000000000000FFFF00000100007F:0050", "127.0.0.1:80")]
    [InlineData("B80D0120000000000000000007000000:01BB", "[2001:db8::7]:443")]
    public void The_kernels_hexadecimal_addresses_are_read(string text, string expected) =>
        Assert.Equal(expected, ListenerTable.ParseEndPoint(text)!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("0100007F")]
    [InlineData("0100007:0050")]
    [InlineData("0100007G:0050")]
    [InlineData("0100007F:10000")]
    [InlineData("0100007F:")]
    [InlineData(":0050")]
    public void What_is_no_address_is_none(string text) => Assert.Null(ListenerTable.ParseEndPoint(text));

    [Theory]
    [InlineData("127.0.0.1:3306", "127.0.0.1:40000", EndpointRole.Server)]
    [InlineData("10.0.0.1:8080", "10.0.0.9:40000", EndpointRole.Server)]
    [InlineData("10.0.0.1:3306", "10.0.0.9:40000", EndpointRole.Unknown)]
    [InlineData("127.0.0.1:40000", "127.0.0.1:3306", EndpointRole.Client)]
    [InlineData("10.0.0.1:40000", "10.0.0.1:8080", EndpointRole.Client)]
    [InlineData("10.0.0.1:40000", "10.0.0.9:8080", EndpointRole.Unknown)]
    [InlineData("127.0.0.1:8080", "127.0.0.1:3306", EndpointRole.Unknown)]
    [InlineData("127.0.0.1:5000", "127.0.0.1:5001", EndpointRole.Unknown)]
    public void A_role_is_told_only_where_the_listeners_prove_it(string local, string remote, EndpointRole expected)
    {
        var listeners = new HashSet<IPEndPoint> { IPEndPoint.Parse("127.0.0.1:3306"), IPEndPoint.Parse("0.0.0.0:8080") };
        Assert.Equal(expected, ListenerTable.RoleOf(IPEndPoint.Parse(local), IPEndPoint.Parse(remote), listeners));
    }

    [Fact]
    public void A_listener_on_every_ipv6_address_serves_ipv4_too()
    {
        var listeners = new HashSet<IPEndPoint> { IPEndPoint.Parse("[::]:80") };
        Assert.Equal(
            EndpointRole.Server,
            ListenerTable.RoleOf(IPEndPoint.Parse("10.0.0.1:80"), IPEndPoint.Parse("10.0.0.9:4000"), listeners));
    }

    [Theory]
    [InlineData(21UL, true)]
    [InlineData(5555UL, true)]
    [InlineData(7UL, false)]
    public void Unix_sockets_are_listed_by_their_inode(ulong inode, bool expected)
    {
        const string Text = """
            Num       RefCount Protocol Flags    Type St Inode Path
            0000000000000000: 00000002 00000000 00010000 0001 01    21 /run/my path.sock
            0000000000000000: 00000003 00000000 00000000 0001 03  5555
            garbage
            """;
        Assert.Equal(expected, UnixSocketTable.Parse(new StringReader(Text)).Contains(inode));
    }
}
