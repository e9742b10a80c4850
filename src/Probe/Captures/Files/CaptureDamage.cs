// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>Where a capture stops making sense, and why. What stood in front of it was read.</summary>
/// <param name="Offset">
/// Bytes from the beginning of the capture to the record or block that is damaged; in a gzip-compressed file they
/// are counted in the uncompressed capture.
/// </param>
/// <param name="Reason">A sentence without its full stop.</param>
public sealed record CaptureDamage(long Offset, string Reason);
