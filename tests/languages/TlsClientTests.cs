// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using L7Trace.LanguageTests.Support;

namespace L7Trace.LanguageTests;

/// <summary>
/// The same clients over TLS. Java's is missing: its TLS is its own, and not read. Node's is watched from the server's side
/// alone: at its own end the login in TLS is not seen yet, and what follows is called found again (resynced).
/// </summary>
public sealed class TlsClientTests(SharedTlsMariaDb mariaDb)
{
    public static TheoryData<string, string> Combinations()
    {
        TheoryData<string, string> data = Client.OnEachSide(Client.WithTls.Where(x => x.Name != "Node mysql2"));
        data.Add("Node mysql2", "server");
        return data;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_trace_equals_the_log_and_the_journal_and_the_peer_is_proven(string name, string side)
    {
        Requirement.Need("bpf", "mariadb");
        await ClientRun.CompareAsync(await mariaDb.GetAsync(), Client.Named(name), side, mariaDb.Authority);
    }
}
