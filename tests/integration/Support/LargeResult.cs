// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>A query with 1 GiB of rows, and a client that reads them one by one.</summary>
internal static class LargeResult
{
    /// <summary>Rows, each of a KiB and a little.</summary>
    public const long Rows = 1 << 20;

    public const string Statement = "SELECT seq, REPEAT('x', 1024) FROM seq_1_to_1048576";

    /// <summary>What the shell prints when the client has ended.</summary>
    public const string Done = "done";

    /// <summary>The shell's command: it runs the client, throws away what that prints, and stays until its input ends.</summary>
    public static string Reading(DatabaseServer server, string after) => string.Create(
        CultureInfo.InvariantCulture,
        $"mariadb --no-defaults --host=127.0.0.1 --port={server.Port} --user={DatabaseServer.User} --password={DatabaseServer.Password} --quick --batch --execute=\"{Statement}; {after}\" {DatabaseServer.Database} >/dev/null && echo {Done} && read -r _");
}
