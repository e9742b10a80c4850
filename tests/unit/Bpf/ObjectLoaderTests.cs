// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Interop;
using Xunit;

namespace L7Trace.UnitTests.Bpf;

public sealed class ObjectLoaderTests
{
    [Theory]
    [InlineData("inet_recvmsg_enter", "inet_recvmsg")]
    [InlineData("unix_stream_sendmsg_leave", "unix_stream_sendmsg")]
    [InlineData("inet_sendpage_leave", "inet_sendpage")]
    public void A_function_that_fentry_cannot_have_is_taken_by_a_kprobe(string program, string function)
    {
        var tried = new List<string[]>();

        ObjectLoader.WithTwins(byKprobe =>
        {
            tried.Add([.. byKprobe]);
            return byKprobe.Count > 0 ? true : throw new LibBpfException("attach", 7) { Program = program };
        });

        Assert.Equal([[], [function]], tried);
    }

    [Theory]
    [InlineData("process_exec")]
    [InlineData(null)]
    public void Any_other_failure_is_one(string? program)
    {
        var tries = 0;

        Assert.Throws<LibBpfException>(() => ObjectLoader.WithTwins<bool>(_ =>
        {
            tries++;
            throw new LibBpfException("attach", 7) { Program = program };
        }));
        Assert.Equal(1, tries);
    }

    [Fact]
    public void Where_a_kprobe_is_refused_too_it_is_not_tried_for_ever()
    {
        var tries = 0;

        Assert.Throws<LibBpfException>(() => ObjectLoader.WithTwins<bool>(_ =>
        {
            tries++;
            throw new LibBpfException("attach", 7) { Program = KernelFunction.All[tries % KernelFunction.All.Count].EnterByFentry };
        }));
        Assert.InRange(tries, 2, 10);
    }
}
