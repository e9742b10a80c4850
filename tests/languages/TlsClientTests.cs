// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using L7Trace.LanguageTests.Support;

namespace L7Trace.LanguageTests;

/// <summary>The same clients over TLS. Java's is missing: its TLS is its own, and not read.</summary>
public sealed class TlsClientTests(SharedTlsMariaDb mariaDb, SharedTlsMySql mySql)
{
    public static TheoryData<string, string> Combinations() => Client.OnEachSide(Client.WithTls);

    /// <summary>
    /// MySQL's own command line too, from the server's side: its libssl is in a root folder of its own, which nobody knows before it is
    /// mapped, and what it says until then is not seen.
    /// </summary>
    public static TheoryData<string, string> WithCommandLine()
    {
        TheoryData<string, string> data = Combinations();
        data.Add(Client.MySqlCommandLine().Name, "server");
        return data;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_trace_equals_the_log_and_the_journal_and_the_peer_is_proven(string name, string side)
    {
        Requirement.Need("bpf", "mariadb");
        await ClientRun.CompareAsync(await mariaDb.GetAsync(), Client.Named(name), side, mariaDb.Authority);
    }

    [Theory]
    [Trait("Server", "MySql9")]
    [MemberData(nameof(WithCommandLine))]
    public async Task The_same_with_MySQL_9(string name, string side)
    {
        Requirement.Need("bpf", "mysql9");
        MySqlServer server = await mySql.GetAsync();
        await server.ExecuteAsync("FLUSH PRIVILEGES"); // forgets the passwords it has seen: each client shows its own again
        await ClientRun.CompareAsync(server, Client.Named(name), side, mySql.Authority);
    }
}
