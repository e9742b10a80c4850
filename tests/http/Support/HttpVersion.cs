// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.HttpTests.Support;

/// <summary>Versions of HTTP, in the words of the programs and of the trace.</summary>
internal static class HttpVersion
{
    public const string One = "1.1";
    public const string Two = "2";
}
