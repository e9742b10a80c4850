// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Probe.Captures;

/// <summary>Damage in one of several files.</summary>
/// <param name="Path">The file as it was named.</param>
/// <param name="Damage">Where and why.</param>
public sealed record CaptureFileDamage(string Path, CaptureDamage Damage);
