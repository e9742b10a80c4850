// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// The functions of programs/numbers.h: what the answer to the HTTP request number n must be. An exchange whose
/// response is another request's gives itself away.
/// </summary>
internal static class HttpNumbers
{
    public static int Status(long n) => 210 + (int)(n * 37 % 380) is var status && status == 304 ? 310 : status;

    public static long Body(long n) => (n * 7919 % 1500) + (n % 50 == 0 ? 20000 : 0);

    public static long RequestBody(long n) => n % 3 == 0 ? 1 + (n % 200) : 0;

    public static string Method(long n) => RequestBody(n) > 0 ? "POST" : "GET";

    /// <summary>The number that a record's path carries; null for an answer without its request.</summary>
    public static long? Find(TraceRecord record) =>
        record.Path is { } path && path.StartsWith("/n/", StringComparison.Ordinal)
            && long.TryParse(path.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out long n)
            ? n
            : null;

    /// <summary>The same where there must be one.</summary>
    public static long Of(TraceRecord record) =>
        Find(record) ?? throw new Xunit.Sdk.XunitException("An exchange without a number: " + record);

    /// <summary>What is wrong with a complete exchange, or null: its own request and answer must agree.</summary>
    public static string? Fault(TraceRecord record)
    {
        long n = Of(record);
        return record.Method == Method(n)
            && record.Status == Status(n)
            && record.ResponseBody == Body(n)
            && record.RequestBody.GetValueOrDefault() == RequestBody(n)
            ? null
            : $"{n} wants {Method(n)} {Status(n)}, bodies {RequestBody(n)} and {Body(n)}: {record}";
    }
}
