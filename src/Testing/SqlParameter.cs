// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Testing;

/// <summary>A value that was bound to a prepared statement.</summary>
/// <param name="Name">Its place, from <c>0</c>, or the name of a query attribute.</param>
/// <param name="Value">As SQL writes it; null for NULL.</param>
public readonly record struct SqlParameter(string Name, string? Value);
