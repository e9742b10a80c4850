// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Testing;

/// <summary>The trace could not be made: no rights, no such process, no tracer. The message says what to do.</summary>
public class L7TraceException : Exception
{
    /// <summary>Makes one.</summary>
    public L7TraceException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with a cause.</summary>
    public L7TraceException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
