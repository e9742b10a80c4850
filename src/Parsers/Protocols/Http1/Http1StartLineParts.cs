// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>What a start line says, as places in the line.</summary>
internal struct Http1StartLineParts
{
    /// <summary>Method of a request line.</summary>
    public Range Method;

    /// <summary>Target of a request line, with the blanks inside it.</summary>
    public Range Target;

    /// <summary>Version without "HTTP/" where it is not "1." and one digit; else empty.</summary>
    public Range OddVersion;

    /// <summary>The digit behind "HTTP/1."; 1 with another version, -1 without one.</summary>
    public int MinorVersion;

    /// <summary>Status code of a status line, 100 to 999; 0 when no three digits stand in its place.</summary>
    public int Status;

    /// <summary><see cref="Http1Warnings.BadStartLine"/>, or none.</summary>
    public Http1Warnings Warnings;
}
