// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe;
using L7Trace.Probe.Bpf;
using Xunit;

namespace L7Trace.UnitTests.Bpf;

public sealed class ObjectFormTests
{
    private static readonly ElfSymbols s_symbols = ElfSymbols.Read(EmbeddedObject.Read());

    public static TheoryData<CaptureBackend> Backends => [.. Enum.GetValues<CaptureBackend>()];

    [Theory]
    [MemberData(nameof(Backends))]
    public void Each_program_that_a_form_names_is_in_the_object(CaptureBackend backend)
    {
        foreach (var form in ObjectForm.Of(backend))
        {
            foreach (var function in KernelFunction.All)
            {
                string?[] programs =
                [
                    function.EnterByFentry, function.LeaveByFexit(form), function.Programs.Kprobe, function.LeaveByKretprobe(form),
                ];
                Assert.All(programs, program => Assert.True(program is null || s_symbols.TryFind(program, out _), program));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void The_return_of_a_call_is_seen_in_one_place(CaptureBackend backend)
    {
        foreach (var form in ObjectForm.Of(backend))
        {
            var atReturns = KernelFunction.All.Single(static function => function.Name == "inet_sendmsg").LeaveByFexit(form) is not null;
            var inTracepoints = form.Has("sock_send_length");
            var atSystemCalls = form.Has("leave_syscall") || form.Has("leave_syscall_bounded");

            Assert.True(backend == CaptureBackend.Syscall ? atSystemCalls : !atSystemCalls);
            Assert.True(backend == CaptureBackend.Syscall || atReturns != inTracepoints);
            Assert.False(form.Has("leave_syscall") && form.Has("leave_syscall_bounded"));
        }
    }

    [Fact]
    public void What_sends_or_receives_without_a_message_is_seen_at_its_return_in_every_form()
    {
        foreach (var form in ObjectForm.Of(CaptureBackend.Fentry))
        {
            Assert.All(
                KernelFunction.All.Where(static function => function.Name is "inet_sendpage" or "tcp_splice_read"),
                function => Assert.NotNull(function.LeaveByFexit(form)));
        }
    }
}
