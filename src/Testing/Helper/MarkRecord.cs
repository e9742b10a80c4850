// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Testing.Helper;

/// <summary>The tracer's answer to a mark.</summary>
/// <param name="Time">When it read the question, nanoseconds since the Unix epoch, on the clock of the records.</param>
/// <param name="Monotonic">The same on CLOCK_MONOTONIC, nanoseconds: what <see cref="System.Diagnostics.Stopwatch"/> reads.</param>
/// <param name="Losses">What was lost since the trace began, by the names of docs/json.md.</param>
internal sealed record MarkRecord(long Time, long Monotonic, IReadOnlyDictionary<string, long> Losses);
