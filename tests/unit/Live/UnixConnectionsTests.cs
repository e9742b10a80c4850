// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Live;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Live;

public sealed class UnixConnectionsTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private const uint Namespace = 12345; // not this process's own
    private const string Header = "Num RefCount Protocol Flags Type St Inode Path\n";

    private readonly FakeProc _proc = new();
    private readonly UnixConnections _connections;

    public UnixConnectionsTests() => _connections = new UnixConnections(_proc.Proc);

    public void Dispose() => _proc.Dispose();

    [Fact]
    public void A_connection_whose_process_ended_is_given_up_when_its_socket_is_gone()
    {
        Open(1, inode: 50, process: 10);
        AddProcess(20, Header);
        Open(2, inode: 60, process: 20);
        AddProcess(20, Header + "0: 2 0 0 1 3 60\n");
        _connections.ProcessEnded(10, 0);
        Assert.Equal([(new ConnectionId(1), 50UL)], _connections.Sweep(Second));
        Assert.Equal(1, _connections.Count);
        Assert.Empty(_connections.Sweep(Second));
    }

    [Fact]
    public void A_socket_that_another_process_still_holds_stays_open()
    {
        Open(1, inode: 50, process: 10);
        AddProcess(20, Header + "0: 2 0 0 1 3 50\n0: 2 0 0 1 3 60\n");
        Open(2, inode: 60, process: 20);
        _connections.ProcessEnded(10, 0);
        Assert.Empty(_connections.Sweep(Second));
        Assert.Equal(2, _connections.Count);
    }

    [Fact]
    public void Without_a_list_of_sockets_the_end_of_the_last_user_decides()
    {
        Open(1, inode: 50, process: 10);
        _connections.ProcessEnded(10, 0);
        Assert.Equal([(new ConnectionId(1), 50UL)], _connections.Sweep(Second));
    }

    [Fact]
    public void The_kernel_gets_time_to_close_the_files_of_a_process_that_ended()
    {
        Open(1, inode: 50, process: 10);
        _connections.ProcessEnded(10, 0);
        Assert.Empty(_connections.Sweep(1_000));
        Assert.Single(_connections.Sweep(Second));
    }

    [Fact]
    public void A_connection_that_somebody_else_used_last_is_not_that_of_the_process_that_ended()
    {
        Open(1, inode: 50, process: 10);
        _connections.Use(new ConnectionId(1), 20, 5);
        _connections.ProcessEnded(10, 0);
        Assert.Empty(_connections.Sweep(Second));
        Assert.Equal(1, _connections.Count);
    }

    [Fact]
    public void An_idle_connection_is_looked_at_even_when_the_end_of_its_process_was_not_told()
    {
        Open(1, inode: 50, process: 10);
        _connections.Sweep(11 * Second);
        Assert.Equal(0, _connections.Count);
    }

    [Fact]
    public void Connections_over_ip_are_not_kept() =>
        Assert.Equal(0, Opened(new ConnectionInfo { Id = new ConnectionId(1), ProcessId = 10 }));

    private int Opened(ConnectionInfo connection)
    {
        _connections.Open(connection);
        return _connections.Count;
    }

    private void AddProcess(uint id, string sockets)
    {
        if (_proc.Proc.ReadStat(id) is null)
        {
            _proc.Add(id, "server", netns: Namespace);
        }

        _proc.Write(id, "net/unix", sockets);
    }

    private void Open(ulong id, ulong inode, uint process) => _connections.Open(new ConnectionInfo
    {
        Id = new ConnectionId(id),
        UnixPath = "/run/x",
        Inode = inode,
        ProcessId = process,
        NetworkNamespace = Namespace,
    });
}
