// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace L7Trace.Testing.Helper;

/// <summary>Runs the tracer's own checks.</summary>
internal static class Doctor
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Its exit code and what it said.</summary>
    /// <exception cref="L7TraceException">It can't be started, or does not end.</exception>
    public static (int ExitCode, string Said) Run(ProcessStartInfo info)
    {
        try
        {
            using var process = Process.Start(info)!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(s_patience))
            {
                process.Kill(entireProcessTree: true);
                throw new L7TraceException($"{info.FileName} doctor did not answer in {s_patience.TotalSeconds:0} s");
            }

            return (process.ExitCode, (output.Result + errors.Result).Trim());
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new L7TraceException($"can't start {info.FileName}: {exception.Message}", exception);
        }
    }
}
