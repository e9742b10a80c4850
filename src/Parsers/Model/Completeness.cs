// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>How whole an exchange is.</summary>
public enum CompletenessKind : byte
{
    /// <summary>Every byte of both messages was seen.</summary>
    Complete = 0,

    /// <summary>Bytes inside units of known length are missing; request and response belong together.</summary>
    Truncated = 1,

    /// <summary>It began after lost framing: what stands in it is right, but more may be missing.</summary>
    Resynced = 2,

    /// <summary>Request and response were not, or could not safely be, put together.</summary>
    Unmatched = 3,
}

/// <summary>How whole an exchange is, with the number of missing bytes where it is known.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="MissingBytes">Bytes known to be missing.</param>
public readonly record struct Completeness(CompletenessKind Kind, ulong MissingBytes = 0)
{
    /// <summary>Every byte was seen.</summary>
    public static Completeness Complete => default;
}
