// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Tls;

/// <summary>A process and what of TLS is in it.</summary>
/// <param name="Process">The process.</param>
/// <param name="Stacks">What it has mapped, in the order of its addresses; empty for none.</param>
/// <param name="Obstacle">Why it could not be looked at, or why nothing of it is read as a whole; null when nothing hinders.</param>
public sealed record TlsProcess(ProcessFacts Process, IReadOnlyList<TlsStack> Stacks, string? Obstacle)
{
    /// <summary>True when plaintext of it is read.</summary>
    public bool IsRead => Obstacle is null && Stacks.Any(static stack => stack.IsRead);
}
