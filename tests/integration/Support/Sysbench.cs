// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>sysbench against a test's own MariaDB.</summary>
internal static class Sysbench
{
    private const int Tables = 2;
    private static readonly HashSet<MariaDbServer> Prepared = [];

    /// <summary>
    /// A gated sysbench (see <see cref="ChildProcess.StartGated"/>) of 8 connections, 20 statements an event. The
    /// tables are made first if they are not there.
    /// </summary>
    public static async Task<ChildProcess> StartAsync(MariaDbServer server, bool prepared, bool unix, int events)
    {
        if (Prepared.Add(server))
        {
            await ChildProcess.RunAsync("sysbench", Arguments(server, prepared: false, unix: true, "prepare"));
        }

        return ChildProcess.StartGated("sysbench", Arguments(
            server, prepared, unix, "--threads=8", "--time=0",
            string.Create(CultureInfo.InvariantCulture, $"--events={events}"), "run"));
    }

    private static string[] Arguments(MariaDbServer server, bool prepared, bool unix, params string[] more) =>
    [
        "oltp_read_write",
        .. unix
            ? new[] { "--mysql-socket=" + server.Socket }
            : ["--mysql-host=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"--mysql-port={server.Port}")],
        "--mysql-user=" + MariaDbServer.User, "--mysql-password=" + MariaDbServer.Password,
        "--mysql-db=" + MariaDbServer.Database, "--mysql-ignore-errors=all",
        string.Create(CultureInfo.InvariantCulture, $"--tables={Tables}"), "--table-size=1000",
        "--db-ps-mode=" + (prepared ? "auto" : "disable"),
        .. more,
    ];
}
