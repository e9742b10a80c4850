// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Testing;

/// <summary>What ran is not what was asserted. The message has a table of what ran.</summary>
public sealed class L7TraceAssertionException(string message) : Exception(message);
