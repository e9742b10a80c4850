// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>
/// A trace could not start. The message is meant for the user as it stands: one line that says what is wrong, with the
/// id at its end, then lines that begin with "try:" or "more:".
/// </summary>
public sealed class ProbeException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="kind">Why, for programs.</param>
    /// <param name="id">Stable id to search for, such as L7T-CAP-02.</param>
    /// <param name="what">What is wrong: one line.</param>
    /// <param name="advice">The lines below it.</param>
    /// <param name="inner">What the system said.</param>
    internal ProbeException(
        ProbeErrorKind kind, string id, string what, IReadOnlyList<string> advice, Exception? inner = null)
        : base(string.Join('\n', [$"{what} [{id}]", .. advice.Select(line => "  " + line)]), inner)
    {
        Kind = kind;
        Id = id;
    }

    /// <summary>Why.</summary>
    public ProbeErrorKind Kind { get; }

    /// <summary>Stable id, such as L7T-CAP-02.</summary>
    public string Id { get; }

    /// <summary>What libbpf and the verifier said: many lines, for a bug report; empty if nothing.</summary>
    public string Log { get; init; } = "";
}
