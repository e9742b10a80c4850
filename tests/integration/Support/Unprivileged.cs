// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>Runs a program as nobody, with some capabilities and no others.</summary>
internal static class Unprivileged
{
    /// <summary>The user.</summary>
    public const string User = "nobody";

    /// <summary>What tracing takes.</summary>
    public static readonly IReadOnlyList<string> Four = ["bpf", "perfmon", "sys_ptrace", "dac_read_search"];

    /// <summary>What stands in front of a command line (setpriv(1)): the process keeps its id.</summary>
    public static string[] With(IEnumerable<string> capabilities)
    {
        Requirement.Need("setpriv");
        string list = string.Join(',', capabilities.Select(x => "+" + x));
        return
        [
            Requirement.Find("setpriv")!, "--reuid", User, "--regid", "nogroup", "--clear-groups",
            .. list.Length == 0 ? [] : new[] { "--inh-caps", list, "--ambient-caps", list }, "--",
        ];
    }
}
