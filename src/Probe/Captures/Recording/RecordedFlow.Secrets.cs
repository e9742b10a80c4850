// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <content>TLS that is recorded as ciphertext: it waits for the secrets that decrypt it, which have to stand in front.</content>
internal sealed partial class RecordedFlow
{
    private readonly bool _withKeys;

    /// <summary>What is recorded of it is ciphertext.</summary>
    public bool IsCiphertext => _withKeys && Protocol == Protocol.Tls;

    /// <summary>Its calls are held until its secrets are there.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>When the last of the calls that wait was made, nanoseconds since the Unix epoch.</summary>
    public long LastWaiting { get; set; }

    /// <summary>The random by which a key log knows it.</summary>
    public ClientRandomReader Random { get; } = new();

    /// <summary>Its secrets; null while its random is not known.</summary>
    public ConnectionSecrets? Secrets { get; set; }
}
