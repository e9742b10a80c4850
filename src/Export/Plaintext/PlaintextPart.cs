// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Plaintext;

/// <summary>A piece of what is shown of a call: bytes, or a remark in place of some.</summary>
/// <param name="Bytes">What was sent; empty for a remark.</param>
/// <param name="Remark">What is said instead; null for bytes.</param>
/// <param name="Withheld">Bytes that are not shown because they may be secrets.</param>
public readonly record struct PlaintextPart(ReadOnlyMemory<byte> Bytes, string? Remark, long Withheld);
