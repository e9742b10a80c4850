// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Containers;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class ContainerNamesTests
{
    private const string Id = "3f2a91c47be0d5563f2a91c47be0d5563f2a91c47be0d5563f2a91c47be0d556";

    [Theory]
    [InlineData("/system.slice/docker-" + Id + ".scope")]
    [InlineData("/docker/" + Id)]
    [InlineData("/kubepods.slice/kubepods-pod0a1b2c3d_0000.slice/cri-containerd-" + Id + ".scope")]
    [InlineData("/machine.slice/libpod-" + Id + ".scope/container")]
    public void The_id_of_the_container_is_found_in_the_path(string path) => Assert.Equal(Id, ContainerId.In(path));

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("/system.slice/mariadb.service")]
    [InlineData("/x/" + Id + "aa")]
    [InlineData("/x/3f2a91c47be0")]
    public void Another_path_names_none(string path) => Assert.Null(ContainerId.In(path));

    [Theory]
    [InlineData("0::/system.slice/docker-" + Id + ".scope\n")]
    [InlineData("12:pids:/docker/" + Id + "\n11:memory:/docker/" + Id + "\n0::/\n")]
    [InlineData("1:name=systemd:/\n0::/kubepods/pod1/" + Id)]
    public void Version_one_and_two_both_tell(string cgroups) => Assert.Equal(Id, ContainerId.Of(cgroups));
}
