// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using L7Trace.LanguageTests.Support;

namespace L7Trace.LanguageTests;

/// <summary>
/// The same clients, and MySQL's own command line, against Oracle MySQL 9, without TLS: a password goes encrypted with the
/// server's public key, which each driver fetches.
/// </summary>
[Trait("Server", "MySql9")]
public sealed class MySqlClientTests(SharedMySql mySql, SharedMariaDb mariaDb)
{
    public static TheoryData<string, string> Combinations() => Client.OnEachSide([.. Client.All, Client.MySqlCommandLine()]);

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_trace_equals_the_log_and_the_journal(string name, string side)
    {
        Requirement.Need("bpf", "mysql9");
        MySqlServer server = await mySql.GetAsync();
        await server.ExecuteAsync("FLUSH PRIVILEGES"); // forgets the passwords it has seen: each client shows its own again
        await ClientRun.CompareAsync(server, Client.Named(name), side);
    }

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task The_trace_of_MySQLs_command_line_equals_MariaDBs_log(string side)
    {
        Requirement.Need("bpf", "mysql9", "mariadb");
        await ClientRun.CompareAsync(await mariaDb.GetAsync(), Client.MySqlCommandLine(), side);
    }

    [Theory]
    [InlineData("zstd", "client")]
    [InlineData("zstd", "server")]
    [InlineData("zlib", "client")]
    [InlineData("zlib", "server")]
    public async Task The_trace_of_a_compressed_conversation_equals_the_log_and_the_journal(string algorithm, string side)
    {
        Requirement.Need("bpf", "mysql9");
        IReadOnlyList<TraceRecord> ours = await ClientRun.CompareAsync(await mySql.GetAsync(), Client.MySqlCommandLine(algorithm), side);
        Assert.All(ours, x => Assert.Contains($"\"mysql.compression\":\"{algorithm}\"", x.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task A_local_file_that_the_server_asks_for_is_part_of_its_statement(string side)
    {
        Requirement.Need("bpf", "mysql9");
        await LocalFileRun.CompareAsync(await mySql.GetAsync(), side);
    }
}
