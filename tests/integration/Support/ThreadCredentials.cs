// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>The credentials of one thread, as /proc/PID/task/TID/status has them.</summary>
internal sealed record ThreadCredentials(
    string UserIds, string Groups, ulong Permitted, ulong Effective, ulong Inheritable, ulong Ambient, bool NoNewPrivileges)
{
    /// <summary>Those of all threads of a process.</summary>
    public static ThreadCredentials[] Of(int pid) => [.. Directory.GetDirectories($"/proc/{pid}/task").Select(Read).OfType<ThreadCredentials>()];

    private static ThreadCredentials? Read(string folder)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(folder, "status"));
        }
        catch (IOException)
        {
            return null; // ended meanwhile
        }

        return new ThreadCredentials(
            Field("Uid").Replace('\t', ' '), Field("Groups"), Set("CapPrm"), Set("CapEff"), Set("CapInh"), Set("CapAmb"), Field("NoNewPrivs") == "1");

        string Field(string name) => lines.Single(x => x.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();
        ulong Set(string name) => ulong.Parse(Field(name), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
