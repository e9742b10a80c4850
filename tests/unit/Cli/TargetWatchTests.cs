// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class TargetWatchTests
{
    private static readonly TimeSpan _never = Timeout.InfiniteTimeSpan;

    [Fact]
    public void The_end_of_all_named_processes_is_told_once()
    {
        List<(int, int)> processes = [(10, 1), (20, 1)];
        var told = 0;
        using var watch = new TargetWatch([10, 20], () => told++, () => processes, pid => processes.Any(x => x.Item1 == pid), _never);
        watch.Look();
        processes.RemoveAt(0);
        watch.Look();
        Assert.Equal(0, told);
        processes.Clear();
        watch.Look();
        watch.Look();
        Assert.Equal(1, told);
    }

    [Fact]
    public void A_child_that_was_seen_keeps_the_trace_alive_when_its_parent_ends()
    {
        List<(int, int)> processes = [(12, 11), (10, 1), (11, 10)];
        var told = 0;
        using var watch = new TargetWatch([10], () => told++, () => processes, pid => processes.Any(x => x.Item1 == pid), _never);
        watch.Look();
        processes = [(12, 1)];
        watch.Look();
        Assert.Equal(0, told);
        processes = [];
        watch.Look();
        Assert.Equal(1, told);
    }

    [Fact]
    public void All_processes_are_read_seldom_where_none_of_the_named_ended_and_at_once_when_one_did()
    {
        List<(int, int)> processes = [(10, 1)];
        var (told, scans, ended) = (0, 0, false);
        using var watch = new TargetWatch([10], () => told++, Scan, _ => !ended, _never);
        for (var i = 0; i < 100; i++)
        {
            watch.Look();
        }

        Assert.Equal(40, scans); // the first 20, and each fourth of the others
        watch.Look();
        Assert.Equal(41, scans);
        (ended, processes) = (true, []);
        watch.Look();
        Assert.Equal((42, 1), (scans, told));

        List<(int, int)> Scan()
        {
            scans++;
            return processes;
        }
    }

    [Theory]
    [InlineData("42 (nginx) S 1 42", 1)]
    [InlineData("42 (a) b) (c) R 7 42", 7)]
    [InlineData("42 (dead) Z 1 42", null)]
    [InlineData("42 (cut", null)]
    [InlineData("", null)]
    public void The_parent_is_read_behind_the_commands_last_parenthesis(string stat, int? parent) =>
        Assert.Equal(parent, TargetWatch.ParseStat(stat));
}
