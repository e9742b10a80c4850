// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Probe.Errors;

/// <summary>A set of Linux capabilities, as in CapEff of /proc/self/status (capabilities(7)).</summary>
internal readonly record struct Capabilities(ulong Bits)
{
    private const int DacReadSearch = 2;
    private const int SysPtrace = 19;
    private const int SysAdmin = 21;
    private const int Perfmon = 38;
    private const int Bpf = 39;

    private static readonly (int Bit, string Name)[] Used =
    [
        (Bpf, "CAP_BPF"),
        (Perfmon, "CAP_PERFMON"),
        (SysPtrace, "CAP_SYS_PTRACE"),
        (DacReadSearch, "CAP_DAC_READ_SEARCH"),
        (SysAdmin, "CAP_SYS_ADMIN"),
    ];

    /// <summary>What `setcap` wants to hear.</summary>
    internal const string SetcapText = "cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search=ep";

    /// <summary>Those without which no program loads. CAP_SYS_ADMIN stands for both.</summary>
    internal IReadOnlyList<string> Missing()
    {
        var missing = new List<string>();
        if (!HasSysAdmin)
        {
            AddUnless(Bpf, missing);
            AddUnless(Perfmon, missing);
        }

        return missing;
    }

    /// <summary>Those of interest that are there.</summary>
    internal IReadOnlyList<string> Present()
    {
        var self = this;
        return [.. Used.Where(used => self.Has(used.Bit)).Select(used => used.Name)];
    }

    /// <summary>True when facts of other users' processes can be read (CAP_SYS_PTRACE).</summary>
    internal bool CanReadProcesses => Has(SysPtrace);

    /// <summary>True with CAP_SYS_ADMIN.</summary>
    internal bool HasSysAdmin => Has(SysAdmin);

    /// <summary>Reads the CapEff line of a /proc/PID/status text; none when there is no such line.</summary>
    internal static Capabilities Parse(string status)
    {
        const string Field = "CapEff:";
        foreach (var line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(Field, StringComparison.Ordinal)
                && ulong.TryParse(
                    line[Field.Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
            {
                return new Capabilities(bits);
            }
        }

        return default;
    }

    private bool Has(int bit) => (Bits & (1UL << bit)) != 0;

    private void AddUnless(int bit, List<string> missing)
    {
        if (!Has(bit))
        {
            missing.Add(Used.First(used => used.Bit == bit).Name);
        }
    }
}
