// SPDX-License-Identifier: Apache-2.0
using L7Trace.HttpTests.Support;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests;

/// <summary>Every client with every server, in each version of HTTP that both speak.</summary>
public sealed class MatrixTests
{
    public static TheoryData<string, string, string> Cells()
    {
        var data = new TheoryData<string, string, string>();
        foreach (ServerKind server in ServerKind.All)
        {
            foreach (ClientKind client in ClientKind.All)
            {
                foreach (string version in server.Versions.Intersect(client.Versions).Except(client.OnlyInTls))
                {
                    data.Add(server.Name, client.Name, version);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Both_ends_are_what_the_journals_say(string server, string client, string version)
    {
        Requirement.Need("bpf");
        await new Cell(ServerKind.Named(server), ClientKind.Named(client), version).CompareAsync();
    }
}
