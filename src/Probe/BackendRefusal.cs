// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>A backend that this kernel did not take.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Reason">What was said, one line.</param>
public sealed record BackendRefusal(CaptureBackend Backend, string Reason);
