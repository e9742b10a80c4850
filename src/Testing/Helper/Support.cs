// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace L7Trace.Testing.Helper;

/// <summary>Whether tracing works here, by the tracer's own <c>doctor</c>; asked once.</summary>
internal static class Support
{
    private const int Patience = 60_000; // milliseconds

    private static readonly Lazy<string?> s_refusal = new(Refusal);

    /// <summary>True when it works; else the reason.</summary>
    public static bool Ask(out string reason)
    {
        reason = s_refusal.Value ?? "";
        return s_refusal.Value is null;
    }

    private static string? Refusal()
    {
        if (HelperBinary.Find(null, out var reason) is not { } path)
        {
            return reason;
        }

        try
        {
            using var process = Process.Start(HelperBinary.StartInfo(path, ["doctor"]))!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                return "l7trace doctor did not answer";
            }

            return process.ExitCode == 0 ? null : $"l7trace can't trace here (exit code {process.ExitCode}):\n{(output.Result + errors.Result).Trim()}";
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return $"l7trace can't be started as root ({exception.Message}): run the tests as root, allow sudo without a password, or give {path} capabilities";
        }
    }
}
