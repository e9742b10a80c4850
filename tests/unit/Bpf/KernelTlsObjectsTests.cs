// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Bpf;
using Xunit;
using static L7Trace.Probe.Bpf.KernelTlsObjects;

namespace L7Trace.UnitTests.Bpf;

public sealed class KernelTlsObjectsTests
{
    private const uint Egress = 0;
    private const uint Ingress = 1;
    private const uint Moves = 0;
    private const uint Close = 2;

    [Fact]
    public void Writes_that_have_not_returned_are_counted_and_nothing_else_is()
    {
        var write = new GoCall { Direction = Egress, Kind = Moves, Id = 5 };
        var read = new GoCall { Direction = Ingress, Kind = Moves, Id = 5 };
        Assert.Equal(1, Count(write, read, 2));
        Assert.Equal(2, Count(write, write, 2));
        Assert.Equal(1, Count(write, write, 1));
        Assert.Equal(0, Count(write, write, 0));
        Assert.Equal(0, Count(read, read, 2));
        Assert.Equal(0, Count(new GoCall { Direction = Egress, Kind = Close, Id = 5 }, read, 1));
    }

    private static int Count(GoCall outer, GoCall inner, uint depth) =>
        CountWrites(MemoryMarshal.AsBytes([new GoCalls { Outer = outer, Inner = inner, Depth = depth }]));
}
