// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// programs/byte_counts.c moves bytes in every way that programs have (fork, dup, SCM_RIGHTS, reused descriptors, half-closed
/// connections, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, 1,000 vectors, 4 MiB in a call, short writes, EAGAIN storms, sendfile,
/// splice) and counts what its calls returned: each end of each connection has that many in the recording.
/// </summary>
public sealed class ByteCountTests
{
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Each_end_has_moved_what_the_program_itself_counted(Capture capture)
    {
        Requirement.Need("bpf", "cc");
        string program = await NativePrograms.BuildAsync("byte_counts");
        await using ChildProcess stress = ChildProcess.Start(program);
        await using Recorder recorder = await Recorder.StartAsync([stress.Id], ["--capture-limit", "256", .. capture.Options]);
        await stress.WriteLineAsync("go");
        await stress.WaitAsync();
        Assert.True(stress.ExitCode == 0, stress.Said());
        await recorder.StopAsync();

        ILookup<string, string> recorded = RecordedEnd.Read(recorder.File)
            .ToLookup(x => Key(x.Inode ?? "0", Port(x.Local), Port(x.Remote)), x => string.Create(CultureInfo.InvariantCulture, $"{x.Out} {x.In}"));
        string[] lines = stress.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 400, stress.Said());
        string[] wrong = [.. lines.Select(x => x.Split(' ')).Select(x => Fault(x, recorded)).OfType<string>()];
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {lines.Length} ends:\n{string.Join('\n', wrong.Take(20))}\n{recorder.Errors}");
    }

    // NAME TRANSPORT SIDE PORT PEER-PORT INODE OUT IN
    private static string? Fault(string[] end, ILookup<string, string> recorded)
    {
        string key = end[1] == "unix" ? Key(end[5], "", "") : Key("0", end[3], end[4]);
        string wanted = $"{end[6]} {end[7]}";
        string[] found = [.. recorded[key]];
        return found is [var one] && one == wanted
            ? null
            : $"{end[0]} {end[1]} {end[2]} moved {wanted} (out, in); recorded: {(found.Length == 0 ? "nothing" : string.Join(", ", found))}";
    }

    private static string Key(string inode, string local, string remote) =>
        local.Length > 0 ? $"tcp {local} {remote}" : $"unix {inode}";

    private static string Port(string endpoint) => endpoint[(endpoint.LastIndexOf(':') + 1)..];
}
