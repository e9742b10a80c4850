// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Testing;

/// <summary>
/// It can't be said whether the assertion holds: something that belongs to the scope was lost, or was seen in part only. Neither a
/// pass nor a failure of the code under test; a test runner that knows no third result counts it as a failure.
/// </summary>
public sealed class L7TraceInconclusiveException(string message) : Exception(message);
