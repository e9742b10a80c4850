// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using Xunit;

namespace L7Trace.UnitTests.Bpf;

public sealed class KprobeDefinitionTests
{
    [Fact]
    public void What_a_killed_tracer_left_is_found_and_what_others_use_is_not()
    {
        const string Definitions =
            "r4096:l7trace_41/inet_recvmsg inet_recvmsg\n"
            + "r4096:l7trace_42/inet_recvmsg inet_recvmsg\n"
            + "p:kprobes/p_do_sys_open_0 do_sys_open\n"
            + "r4096:l7trace_x/inet_recvmsg inet_recvmsg\n"
            + "r:l7trace_43 inet_recvmsg\n\n";

        Assert.Equal(["l7trace_41/inet_recvmsg"], KprobeDefinition.Stale(Definitions, process => process == 42));
    }
}
