// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Tls;

/// <summary>A function of a TLS library and the programs that belong to it.</summary>
/// <param name="Name">Its symbol.</param>
/// <param name="Entry">Program at its first instruction; null for none.</param>
/// <param name="Return">Program where it returns; null for none.</param>
internal sealed record TlsFunction(string Name, string? Entry, string? Return = null);
