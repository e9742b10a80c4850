// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Processes;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Processes;

public sealed class ProcessTests : IDisposable
{
    private readonly FakeProc _proc = new();

    public void Dispose() => _proc.Dispose();

    [Theory]
    [InlineData("plain")]
    [InlineData("with blank")]
    [InlineData("a) S 9 (b")]
    [InlineData("")]
    public void A_stat_line_is_read_whatever_the_command_is_called(string command)
    {
        _proc.Add(42, command, parent: 7);
        Assert.Equal(new ProcessStat(42, command, 'S', 7, 420), _proc.Proc.ReadStat(42));
    }

    [Theory]
    [InlineData("")]
    [InlineData("42")]
    [InlineData("42 (x")]
    [InlineData("42 (x)")]
    [InlineData("42 (x) S")]
    [InlineData("x (x) S 7 1 1 0 -1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 5")]
    [InlineData("42 (x) S x 1 1 0 -1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 5")]
    public void A_stat_line_of_another_form_is_none(string line) => Assert.Null(ProcessStat.Parse(line));

    [Fact]
    public void Descendants_are_found_to_any_depth()
    {
        _proc.Add(10, "shell");
        _proc.Add(11, "make", parent: 10);
        _proc.Add(12, "cc", parent: 11);
        _proc.Add(13, "other");
        var all = _proc.Proc.ReadAll();
        Assert.Equal([10u, 11u, 12u], ProcessTree.WithDescendants([10], all).Order());
        Assert.Equal([99u], ProcessTree.WithDescendants([99], all));
    }

    [Fact]
    public void A_family_that_runs_in_a_circle_does_not_hang()
    {
        _proc.Add(10, "a", parent: 11);
        _proc.Add(11, "b", parent: 10);
        Assert.Equal([10u, 11u], ProcessTree.WithDescendants([10], _proc.Proc.ReadAll()).Order());
    }

    [Fact]
    public void Names_are_compared_as_the_kernel_cuts_them()
    {
        _proc.Add(10, "a-very-long-nam");
        _proc.Add(11, "a-very");
        Assert.Equal([10u], ProcessTree.ByCommand(["a-very-long-name-indeed"], _proc.Proc.ReadAll()));
    }

    [Fact]
    public void The_facts_of_a_process_are_read()
    {
        _proc.Add(10, "python3", parent: 9, netns: 777);
        _proc.Write(10, "cmdline", "python3\0-m\0http.server\0");
        _proc.Write(10, "cgroup", "1:cpu:/x\n0::/system.slice/shop\n");
        var facts = ProcessFacts.Read(10, _proc.Proc)!;
        Assert.Equal(["python3", "-m", "http.server"], facts.CommandLine);
        Assert.Equal((9u, "python3", 100UL, 777u), (facts.ParentId, facts.Command, facts.StartTicks, facts.NetworkNamespace));
        Assert.Equal("/system.slice/shop", facts.CgroupPath);
        Assert.Equal(0u, facts.PidNamespace);
    }

    [Fact]
    public void A_process_that_is_gone_has_no_facts() => Assert.Null(ProcessFacts.Read(10, _proc.Proc));

    [Fact]
    public void The_facts_of_a_process_that_ended_are_still_known()
    {
        var table = new ProcessTable(_proc.Proc);
        _proc.Add(10, "curl");
        table.See(10);
        _proc.Remove(10);
        table.Ended(10);
        Assert.Equal("curl", table.Find(10)!.Command);
    }

    [Fact]
    public void A_thread_id_leads_to_its_process()
    {
        _proc.Write(11, "status", "Name:\tx\nTgid:\t10\nPid:\t11\n");
        Assert.Equal(10u, _proc.Proc.ThreadGroup(11));
        Assert.Null(_proc.Proc.ThreadGroup(12));
    }
}
