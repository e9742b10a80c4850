// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Probe.Errors;

/// <summary>A set of Linux capabilities, as in CapEff of /proc/self/status (capabilities(7)).</summary>
internal readonly record struct Capabilities(ulong Bits)
{
    /// <summary>What `setcap` wants to hear.</summary>
    internal const string SetcapText = "cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search=ep";

    private static readonly (Capability Capability, string Name)[] s_used =
    [
        (Capability.Bpf, "CAP_BPF"),
        (Capability.Perfmon, "CAP_PERFMON"),
        (Capability.SysPtrace, "CAP_SYS_PTRACE"),
        (Capability.DacReadSearch, "CAP_DAC_READ_SEARCH"),
        (Capability.SysAdmin, "CAP_SYS_ADMIN"),
    ];

    private static readonly (Capability Capability, string Name)[] s_others =
    [
        (Capability.DacOverride, "CAP_DAC_OVERRIDE"),
        (Capability.Kill, "CAP_KILL"),
        (Capability.SetGid, "CAP_SETGID"),
        (Capability.SetUid, "CAP_SETUID"),
        (Capability.SysNice, "CAP_SYS_NICE"),
        (Capability.SysResource, "CAP_SYS_RESOURCE"),
        (Capability.CheckpointRestore, "CAP_CHECKPOINT_RESTORE"),
    ];

    /// <summary>A set of these.</summary>
    internal static Capabilities Of(params ReadOnlySpan<Capability> members)
    {
        var bits = 0UL;
        foreach (var member in members)
        {
            bits |= 1UL << (int)member;
        }

        return new Capabilities(bits);
    }

    /// <summary>Those without which no program loads. CAP_SYS_ADMIN stands for both.</summary>
    internal IReadOnlyList<string> Missing()
    {
        var missing = new List<string>();
        if (!Has(Capability.SysAdmin))
        {
            AddUnless(Capability.Bpf, missing);
            AddUnless(Capability.Perfmon, missing);
        }

        return missing;
    }

    /// <summary>Those of interest that are there.</summary>
    internal IReadOnlyList<string> Present()
    {
        var self = this;
        return [.. s_used.Where(used => self.Has(used.Capability)).Select(static used => used.Name)];
    }

    /// <summary>True when files that were deleted while processes use them can be looked at.</summary>
    internal bool CanFollowMapFiles => Has(Capability.CheckpointRestore) || Has(Capability.SysAdmin);

    /// <summary>True when it is in the set.</summary>
    internal bool Has(Capability capability) => (Bits & (1UL << (int)capability)) != 0;

    /// <summary>The set without it.</summary>
    internal Capabilities Without(Capability capability) => new(Bits & ~(1UL << (int)capability));

    /// <summary>The set with it.</summary>
    internal Capabilities With(Capability capability) => new(Bits | (1UL << (int)capability));

    /// <summary>What is in both.</summary>
    internal Capabilities And(Capabilities other) => new(Bits & other.Bits);

    /// <summary>"CAP_SYS_PTRACE".</summary>
    internal static string NameOf(Capability capability)
    {
        foreach (var (known, name) in s_used.Concat(s_others))
        {
            if (known == capability)
            {
                return name;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(capability));
    }

    /// <summary>Reads the CapEff line of a /proc/PID/status text; none when there is no such line.</summary>
    internal static Capabilities Parse(string status) => Parse(status, "CapEff:");

    /// <summary>Reads a line of a /proc/PID/status text with a set in it (CapEff:, CapPrm:, ...).</summary>
    internal static Capabilities Parse(string status, string field) =>
        FieldOf(status, field) is { } text
        && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
            ? new Capabilities(bits)
            : default;

    /// <summary>The value of a line "Name:\tvalue" of a /proc/PID/status text; null when there is none.</summary>
    internal static string? FieldOf(string status, string field)
    {
        foreach (var line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
            {
                return line[field.Length..].Trim().ToString();
            }
        }

        return null;
    }

    /// <summary>"CAP_BPF, CAP_PERFMON"; those without a name here by their number; "none" for the empty set.</summary>
    public override string ToString()
    {
        var names = new List<string>();
        for (var bit = 0; bit < 64; bit++)
        {
            if (Has((Capability)bit))
            {
                names.Add(Enum.IsDefined((Capability)bit) ? NameOf((Capability)bit) : bit.ToString(CultureInfo.InvariantCulture));
            }
        }

        return names.Count == 0 ? "none" : string.Join(", ", names);
    }

    private void AddUnless(Capability capability, List<string> missing)
    {
        if (!Has(capability))
        {
            missing.Add(NameOf(capability));
        }
    }
}
