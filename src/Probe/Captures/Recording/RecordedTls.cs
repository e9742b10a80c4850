// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>A TLS object whose ciphertext a connection carries.</summary>
/// <param name="Source">Where its plaintext is taken.</param>
/// <param name="FromStart">True when that is seen from its first byte on.</param>
/// <param name="Proof">How it is proven that the connection carries it.</param>
/// <param name="Number">The how manieth object of the connection, from 1: each file says it again, and a reader of several
/// files must not begin anew.</param>
internal readonly record struct RecordedTls(SegmentSource Source, bool FromStart, PeerProof Proof, uint Number);
