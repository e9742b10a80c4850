// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Go;

/// <summary>A function of a Go program.</summary>
/// <param name="Name">Its full name, such as <c>crypto/tls.(*Conn).Read</c>.</param>
/// <param name="Address">Where it is linked to.</param>
/// <param name="Size">Bytes to the beginning of the next one.</param>
internal readonly record struct GoFunction(string Name, ulong Address, ulong Size);
