// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Probe;
using L7Trace.Probe.Containers;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Containers;

public sealed class ContainerTargetsTests : IDisposable
{
    private static readonly string s_first = string.Concat(Enumerable.Repeat("3f2a91c4", 8));
    private static readonly string s_second = string.Concat(Enumerable.Repeat("3f2a77c4", 8));
    private static readonly string s_third = string.Concat(Enumerable.Repeat("cafe91c4", 8));

    private readonly FakeProc _proc = new();

    public ContainerTargetsTests()
    {
        Add(1, "0::/init.scope");
        Add(10, $"0::/system.slice/docker-{s_first}.scope");
        Add(11, $"0::/system.slice/docker-{s_first}.scope/inner");
        Add(20, $"0::/system.slice/docker-{s_second}.scope");
        Add(30, $"5:memory:/docker/{s_third}\n0::/");
        Add(31, $"5:memory:/docker/{s_third}\n0::/");
    }

    public void Dispose() => _proc.Dispose();

    [Fact]
    public void With_version_two_the_scope_is_the_container_s_own_group()
    {
        var (processes, cgroups) = Resolve("db");
        Assert.Empty(processes);
        Assert.Equal([77UL], cgroups);
    }

    [Fact]
    public void With_version_one_the_scope_is_the_processes()
    {
        var (processes, cgroups) = Resolve("cafe");
        Assert.Equal([30u, 31u], processes);
        Assert.Empty(cgroups);
    }

    [Fact]
    public void A_container_whose_processes_all_ended_meanwhile_is_not_found_and_never_the_whole_machine()
    {
        Assert.Throws<ProbeException>(() => ContainerTargets.Resolve([s_third], _proc.Proc, static _ => null, () =>
        {
            _proc.Remove(30);
            _proc.Remove(31);
            return Named();
        }));
    }

    [Theory]
    [InlineData("db", 0)]
    [InlineData("/db", 0)]
    [InlineData("3f2a91", 0)]
    [InlineData("3F2A91", 0)]
    [InlineData("app", 1)]
    [InlineData("3f2a77c4", 1)]
    public void A_name_an_id_and_its_beginning_mean_the_container(string text, int index) =>
        Assert.Equal(index == 0 ? s_first : s_second, ContainerTargets.Find(text, [s_first, s_second, s_third], Named()));

    [Theory]
    [InlineData("3f2a")] // two begin so
    [InlineData("nothing")]
    [InlineData("3f2")] // too short for an id
    [InlineData("gone")] // the engine has it, no process is in it
    [InlineData("")]
    public void What_means_none_or_several_is_refused(string text) =>
        Assert.Equal(ProbeErrorKind.TargetNotFound, Assert.Throws<ProbeException>(() => ContainerTargets.Find(text, [s_first, s_second, s_third], Named())).Kind);

    [Fact]
    public void Without_names_a_short_beginning_may_be_one()
    {
        Assert.Throws<ProbeException>(() => ContainerTargets.Find("cafe", [s_first, s_third], []));
        Assert.Equal(s_third, ContainerTargets.Find("cafe91c4cafe", [s_first, s_third], []));
    }

    [Fact]
    public void A_whole_id_comes_before_a_name_that_looks_like_it() =>
        Assert.Equal(s_first, ContainerTargets.Find(s_first, [s_first, s_second], [new Container(s_second, s_first)]));

    [Fact]
    public void Two_groups_with_the_digits_of_one_container_are_refused()
    {
        Add(40, $"0::/user.slice/mine/docker-{s_first}.scope");
        Assert.Contains("several are meant", Assert.Throws<ProbeException>(() => Resolve("db")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("{}", 0)]
    [InlineData("null", 0)]
    [InlineData("[", 0)]
    [InlineData("""[1, null, "x", {}, {"Id": 5, "Names": []}, {"Id": "short", "Names": ["/a"]}]""", 0)]
    [InlineData("""[{"Id": "ID", "Names": ["/linked/db", "/db"]}]""", 1)]
    [InlineData("""[{"Id": "ID", "Names": [7, "/"]}]""", 0)]
    public void An_engine_s_answer_is_read_as_far_as_it_is_one(string json, int count)
    {
        var found = ContainerEngine.Read(Encoding.UTF8.GetBytes(json.Replace("ID", s_first, StringComparison.Ordinal)));
        Assert.Equal(count, found.Count);
        Assert.All(found, x => Assert.Equal(new Container(s_first, "db"), x));
    }

    private (IReadOnlyList<uint> Processes, IReadOnlyList<ulong> Cgroups) Resolve(string text) => ContainerTargets.Resolve(
        [text], _proc.Proc, path => path == $"/system.slice/docker-{s_first}.scope" ? 77UL : null, Named);

    private static IReadOnlyList<Container> Named() =>
        [new(s_first, "db"), new(s_second, "app"), new(string.Concat(Enumerable.Repeat("00000000", 8)), "gone")];

    private void Add(uint id, string cgroups)
    {
        _proc.Add(id, "x");
        _proc.Write(id, "cgroup", cgroups + "\n");
    }
}
