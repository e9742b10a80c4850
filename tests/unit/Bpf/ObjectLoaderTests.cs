// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe;
using L7Trace.Probe.Bpf;
using Xunit;

namespace L7Trace.UnitTests.Bpf;

public sealed class ObjectLoaderTests
{
    // What libbpf 1.1 and 1.5 say.
    [Theory]
    [InlineData("libbpf: prog 'inet_recvmsg_enter': BPF program load failed: Invalid argument\n", "inet_recvmsg")]
    [InlineData("libbpf: prog 'unix_stream_sendmsg_leave': failed to load: -22\nlibbpf: failed to load object 'l7trace'\n", "unix_stream_sendmsg")]
    [InlineData("libbpf: prog 'process_exec': failed to load: -22\n", null)]
    [InlineData("libbpf: map 'calls': failed to create: Operation not permitted(-1)\n", null)]
    [InlineData("", null)]
    public void The_function_whose_program_did_not_load_is_taken_by_a_kprobe(string log, string? function)
    {
        var form = ObjectForm.Of(CaptureBackend.Fentry).Single(static form => form is { SockTracepoints: false, Loops: true });

        Assert.Equal(function, ObjectLoader.FunctionOf(log, form));
    }
}
