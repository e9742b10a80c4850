// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>What is tried after a failure, to name its reason. Tests put in their own answers.</summary>
internal sealed record KernelTrials
{
    private const uint SmallRing = 4096;
    private const uint LargeRing = 16 * 1024 * 1024;

    /// <summary>Gives what the kernel lacks.</summary>
    internal Func<IReadOnlyList<KernelFeature>> MissingFeatures { get; init; } = static () => [];

    /// <summary>Tells whether a small ring can be made and one of the ordinary size can't: the limit of locked memory, before 5.11.</summary>
    internal Func<bool> IsLockedMemoryShort { get; init; } = static () => false;

    /// <summary>Nothing is tried.</summary>
    internal static KernelTrials None { get; } = new();

    /// <summary>The kernel that runs.</summary>
    internal static KernelTrials System { get; } = new()
    {
        MissingFeatures = KernelFeatures.Missing,
        IsLockedMemoryShort = static () => CanMake(SmallRing) && !CanMake(LargeRing),
    };

    private static bool CanMake(uint bytes)
    {
        try
        {
            using var ring = TrialMap.CreateRing(bytes);
            return true;
        }
        catch (LibBpfException)
        {
            return false;
        }
    }
}
