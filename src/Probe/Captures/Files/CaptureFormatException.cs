// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>The input is no capture, or one of a kind that isn't read. The message is a sentence for the user.</summary>
public sealed class CaptureFormatException : Exception
{
    /// <summary>Makes one.</summary>
    public CaptureFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one without words; the two others are meant.</summary>
    public CaptureFormatException()
    {
    }

    /// <summary>Makes one with what caused it.</summary>
    public CaptureFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
