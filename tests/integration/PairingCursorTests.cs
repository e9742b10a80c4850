// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>As <see cref="PairingMySqlTests"/>, with what MySqlConnector does not send: cursors, and texts while one is open.</summary>
public sealed class PairingCursorTests(SharedMariaDb mariaDb, SharedMySql mySql)
{
    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task Texts_several_results_prepared_statements_and_cursors_have_their_own_answers(string side)
    {
        Requirement.Need("bpf", "mariadb", "cc");
        await CursorNumbers.CompareAsync(await mariaDb.GetAsync(), side);
    }

    [Theory]
    [Trait("Server", "MySql9")]
    [InlineData("client")]
    [InlineData("server")]
    public async Task They_have_with_MySQL_9_too(string side)
    {
        Requirement.Need("bpf", "mysql9", "cc");
        await CursorNumbers.CompareAsync(await mySql.GetAsync(), side);
    }
}
