// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Recording;

/// <summary>Where the files of a recording go.</summary>
public interface IRecordingTarget
{
    /// <summary>Opens the next one; the recorder disposes it.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    Stream OpenNext();
}
