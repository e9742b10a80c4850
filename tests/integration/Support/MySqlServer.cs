// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// An Oracle MySQL 9 server (scripts/mysql9), in a root folder of Debian sid. Tests that use it have the trait
/// Server=MySql9 and need "mysql9".
/// </summary>
internal sealed class MySqlServer : DatabaseServer
{
    /// <summary>What the administrative connection asks while a test runs.</summary>
    public const string QuietQuery = $"SELECT COUNT(*) FROM performance_schema.processlist WHERE user = '{User}'";

    private static readonly string s_script = Path.Combine(Repository.Root, "scripts", "mysql9");

    private MySqlServer(Running running)
        : base(running, QuietQuery)
    {
    }

    /// <inheritdoc/>
    public override string Socket => Folder.File("i/s");

    /// <inheritdoc/>
    public override string ConnectionString => base.ConnectionString + "AllowPublicKeyRetrieval=True;";

    /// <summary>True when the root folder is there.</summary>
    public static bool IsInstalled()
    {
        using var path = Process.Start(new ProcessStartInfo(s_script, "path") { RedirectStandardOutput = true })!;
        path.StandardOutput.ReadToEnd();
        path.WaitForExit();
        return path.ExitCode == 0;
    }

    /// <summary>Starts one with these options of mysqld beside the usual ones.</summary>
    public static Task<MySqlServer> StartAsync(params string[] options) => StartAsync(null, options);

    /// <summary>Starts one that has this certificate, instead of one that it makes for itself.</summary>
    public static Task<MySqlServer> StartWithTlsAsync(Certificate certificate) =>
        StartAsync(certificate, ["--ssl-cert=/instance/cert.pem", "--ssl-key=/instance/key.pem"]);

    private static async Task<MySqlServer> StartAsync(Certificate? certificate, string[] options)
    {
        var folder = new TemporaryFolder();
        if (certificate is not null)
        {
            // In its root folder it sees no other files.
            Directory.CreateDirectory(folder.File("i"));
            File.Copy(certificate.File, folder.File("i/cert.pem"));
            File.Copy(certificate.Key, folder.File("i/key.pem"));
        }

        var server = new MySqlServer(await StartAsync(
            folder,
            port => ChildProcess.Start(
                s_script,
                ["run", folder.File("i"), "--port=" + port.ToString(CultureInfo.InvariantCulture), "--log-raw", "--max-connections=300",
                    "--max-prepared-stmt-count=100000", "--local-infile=ON", .. options]),
            folder.File("i/s"),
            patience: 2400,
            () => File.ReadAllText(folder.File("i/error.log"))));
        await server.MakeUserAsync(" WITH GRANT OPTION");
        return server;
    }

    /// <inheritdoc/>
    protected override (string Path, string OnServer) LogFile(string name) => (Folder.File("i/" + name), "/instance/" + name);
}
