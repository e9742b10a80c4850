// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using L7Trace.LanguageTests.Support;

namespace L7Trace.LanguageTests;

/// <summary>Clients in many languages against MariaDB.</summary>
public sealed class ClientTests(SharedMariaDb mariaDb)
{
    public static TheoryData<string, string> Combinations() => Client.OnEachSide(Client.All);

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_trace_equals_the_log_and_the_journal(string name, string side)
    {
        Requirement.Need("bpf", "mariadb");
        await ClientRun.CompareAsync(await mariaDb.GetAsync(), Client.Named(name), side);
    }

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task A_local_file_that_the_server_asks_for_is_part_of_its_statement(string side)
    {
        Requirement.Need("bpf", "mariadb");
        await LocalFileRun.CompareAsync(await mariaDb.GetAsync(), side);
    }
}
