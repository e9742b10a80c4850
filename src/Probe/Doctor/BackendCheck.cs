// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;

namespace L7Trace.Probe.Doctor;

/// <summary>A way to capture, as the doctor tries it.</summary>
/// <param name="Name">Its name, as <c>--backend</c> takes it.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Load">
/// Loads and attaches it with a scope that nothing is in, and takes it out again; says what it found. Throws LibBpfException or
/// ProbeException when it can't.
/// </param>
internal sealed record BackendCheck(string Name, string Title, Func<BackendTrial> Load);

/// <summary>How the trial of a backend went.</summary>
/// <param name="Evidence">What it found.</param>
/// <param name="Probes">How a probe of a function went with its programs; null where it was not tried.</param>
/// <param name="UsesSockTracepoints">The kernel's socket tracepoints are a part of it.</param>
internal sealed record BackendTrial(string Evidence, UprobeTrial.Outcome? Probes = null, bool UsesSockTracepoints = false);
