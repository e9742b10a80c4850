// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>Makes the conversation's tables and procedure anew.</summary>
internal static class ServerSchema
{
    public static async Task MakeSchemaAsync(this DatabaseServer server)
    {
        await server.ExecuteAsync($"USE {DatabaseServer.Database}");
        await server.ExecuteAsync("DROP TABLE IF EXISTS kinds, numbers");
        await server.ExecuteAsync("DROP PROCEDURE IF EXISTS two_sets");
        foreach (string statement in Conversation.Schema)
        {
            await server.ExecuteAsync(statement);
        }
    }
}
