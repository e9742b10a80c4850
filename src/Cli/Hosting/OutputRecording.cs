// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Hosting;

/// <summary>A recording to standard output: one file.</summary>
internal sealed class OutputRecording(CliEnvironment environment) : IRecordingTarget
{
    /// <inheritdoc/>
    public Stream OpenNext() => environment.OpenOutput();
}
