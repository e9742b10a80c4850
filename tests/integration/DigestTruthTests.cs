// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Analysis.Sql;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>Our digests against the servers' own DIGEST_TEXT, to the letter.</summary>
public sealed class DigestTruthTests(SharedMySql mySql)
{
    [Fact]
    public async Task MariaDB_makes_the_same_digest_of_every_statement_but_the_listed_ones()
    {
        Requirement.Need("mariadb");
        await using MariaDbServer server = await MariaDbServer.StartAsync("--performance-schema=ON");
        await CompareAsync("mariadb", SqlDialect.MariaDb, server.Socket);
    }

    [Fact]
    [Trait("Server", "MySql9")]
    public async Task MySQL_9_makes_the_same_digest_of_every_statement_but_the_listed_ones()
    {
        Requirement.Need("mysql9");
        await CompareAsync("mysql", SqlDialect.MySql8, (await mySql.GetAsync()).Socket);
    }

    private static async Task CompareAsync(string server, SqlDialect dialect, string socket)
    {
        IReadOnlyList<DigestStatement> statements = DigestStatement.All();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder.File("statements"), JsonSerializer.Serialize(statements.Select(x => x.Text)), TestContext.Current.CancellationToken);
        string[] theirs = JsonSerializer.Deserialize<string[]>(await ChildProcess.RunAsync(
            "/usr/bin/python3", Path.Combine(Repository.Root, "tests/integration/programs/server_digests.py"), socket,
            folder.File("statements")))!;
        Dictionary<string, string> listed = DigestStatement.Differences(server);
        var wrong = new List<string>();
        var differ = new HashSet<string>(StringComparer.Ordinal);
        int compared = 0;
        foreach ((DigestStatement statement, string? their) in statements.Zip(theirs))
        {
            if (their is null != statement.Without.Contains(server))
            {
                wrong.Add($"{statement.Text}\n  the file and the server differ on whether it has a digest: {their}");
            }

            if (their is null)
            {
                continue;
            }

            compared++;
            string ours = StatementDigest.Of(statement.Text, dialect: dialect).Text;
            if (ours != their)
            {
                differ.Add(statement.Line);
                if (!listed.ContainsKey(statement.Line))
                {
                    wrong.Add($"{statement.Text}\n  theirs: {their}|\n  ours:   {ours}|");
                }
            }
        }

        wrong.AddRange(listed.Keys.Where(x => !differ.Contains(x)).Select(x => $"{x}\n  is listed as a difference and is none"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(compared >= 300, string.Create(CultureInfo.InvariantCulture, $"only {compared} statements compared"));
        TestContext.Current.SendDiagnosticMessage($"{server}: {compared} digests compared, {differ.Count} listed differences");
    }
}
