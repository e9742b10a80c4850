// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;

namespace L7Trace.Probe.Interop;

/// <summary>A libbpf call failed. Turned into a <see cref="ProbeException"/> before it leaves the assembly.</summary>
internal sealed class LibBpfException : Exception
{
    /// <summary>Makes one from what was tried and the errno (either sign).</summary>
    internal LibBpfException(string operation, int errno, string log = "")
        : base($"cannot {operation}: {DescribeErrno(errno)}")
    {
        Operation = operation;
        Errno = Math.Abs(errno);
        Log = log;
    }

    /// <summary>What was tried, as words that follow "cannot".</summary>
    internal string Operation { get; }

    /// <summary>Positive errno.</summary>
    internal int Errno { get; }

    /// <summary>What libbpf and the verifier said, newest last; may be empty.</summary>
    internal string Log { get; }

    /// <summary>Name of the program that it was about; null for anything else.</summary>
    internal string? Program { get; init; }

    /// <summary>Throws when <paramref name="result"/> is a negative errno.</summary>
    internal static int Check(int result, string operation) =>
        result >= 0 ? result : throw new LibBpfException(operation, result);

    /// <summary>"Operation not permitted (errno 1)".</summary>
    internal static string DescribeErrno(int errno)
    {
        var number = Math.Abs(errno);
        return $"{new Win32Exception(number).Message} (errno {number})";
    }
}
