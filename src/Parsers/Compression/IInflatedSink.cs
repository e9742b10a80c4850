// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <summary>Takes what a <see cref="DeflateDecoder"/> gives, piece by piece.</summary>
internal interface IInflatedSink
{
    /// <summary>The next inflated bytes; valid during the call.</summary>
    void OnInflated(ReadOnlySpan<byte> bytes);
}
