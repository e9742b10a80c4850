// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>One variable of an object file.</summary>
/// <param name="Section">Name of its section.</param>
/// <param name="Offset">Bytes from the section's begin.</param>
/// <param name="Size">Bytes of the variable.</param>
internal sealed record ElfSymbol(string Section, ulong Offset, ulong Size);
