// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Globalization;

namespace L7Trace.Testing.Helper;

/// <summary>Whether tracing works here, by the tracer's own <c>doctor</c>; each program is asked once.</summary>
internal static class Support
{
    private static readonly ConcurrentDictionary<string, Lazy<string?>> s_refusals = new(StringComparer.Ordinal);

    /// <summary>True when it works; else the reason.</summary>
    public static bool Ask(string? binaryPath, out string reason)
    {
        if (HelperBinary.Find(binaryPath, out reason) is not { } path)
        {
            return false;
        }

        reason = s_refusals.GetOrAdd(path, static path => new Lazy<string?>(() => Refusal(path))).Value ?? "";
        return reason.Length == 0;
    }

    private static string? Refusal(string path)
    {
        try
        {
            var (code, said) = Doctor.Run(HelperBinary.StartInfo(path, ["doctor"]));
            return code == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"l7trace can't trace here (exit code {code}):\n{said}");
        }
        catch (L7TraceException exception)
        {
            return $"{exception.Message}: run the tests as root, allow sudo without a password, or give {path} capabilities";
        }
    }
}
