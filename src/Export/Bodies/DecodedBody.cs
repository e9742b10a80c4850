// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Bodies;

/// <summary>What was kept of a body, with its codings taken off as far as that went.</summary>
public sealed record DecodedBody
{
    /// <summary>The bytes; as captured when nothing could be decoded.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The codings that were taken off, in the order in which the sender put them on ("gzip", "br"); empty for none.</summary>
    public IReadOnlyList<string> Codings { get; init; } = [];

    /// <summary>The coding that could not be taken off, because it is broken or unknown; null when there is none.</summary>
    public string? Undecoded { get; init; }

    /// <summary>The body as it was sent was captured to its end.</summary>
    public bool IsCaptured { get; init; }

    /// <summary>There is more of it than <see cref="ContentDecoder.MaxDecoded"/>, or a coding broke off in the middle.</summary>
    public bool IsCut { get; init; }

    /// <summary><see cref="Bytes"/> are the content from its first to its last byte.</summary>
    public bool IsWhole => IsCaptured && !IsCut && Undecoded is null;
}
