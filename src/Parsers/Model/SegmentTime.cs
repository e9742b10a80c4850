// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>When and by whom a byte was moved. Times are nanoseconds since the Unix epoch.</summary>
/// <param name="Enter">
/// Entry of the call that moved it; <paramref name="Exit"/> for a receive that was under way when tracing began.
/// </param>
/// <param name="Exit">When the call had moved it (equal to <paramref name="Enter"/> for packets).</param>
/// <param name="ProcessId">Process that made the call, 0 if unknown.</param>
/// <param name="ThreadId">Thread that made the call, 0 if unknown.</param>
public readonly record struct SegmentTime(long Enter, long Exit, uint ProcessId = 0, uint ThreadId = 0);
