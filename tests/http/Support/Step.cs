// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace L7Trace.HttpTests.Support;

/// <summary>One request of a conversation (programs/README.md).</summary>
/// <param name="N">Its number, from 1.</param>
/// <param name="Group">Steps of one group run at the same time.</param>
/// <param name="Method">The method.</param>
/// <param name="Case">The first part of the path: what the server does.</param>
/// <param name="Argument">The second part; empty for none.</param>
/// <param name="Body">Bytes to send; null for no body.</param>
internal sealed record Step(int N, int Group, string Method, string Case, string Argument, long? Body)
{
    /// <summary>The body is sent without its length.</summary>
    public bool Chunked { get; init; }

    /// <summary>The request ends with a trailer.</summary>
    public bool Trailers { get; init; }

    /// <summary>The body waits for 100.</summary>
    public bool Expect { get; init; }

    /// <summary>It is the last on its connection.</summary>
    public bool Close { get; init; }

    /// <summary>The client goes while the response is under way.</summary>
    public bool Abort { get; init; }

    /// <summary>Path and query.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/{Case}{(Argument.Length > 0 ? "/" : "")}{Argument}?n={N}");

    /// <summary>The line of the file.</summary>
    [JsonIgnore]
    public string Line => JsonSerializer.Serialize(this, JournalEntry.Options);
}
