// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>What backends are called.</summary>
public static class CaptureBackendExtensions
{
    /// <summary>The name that <c>--backend</c> takes and everything shows.</summary>
    public static string Name(this CaptureBackend backend) => backend switch
    {
        CaptureBackend.Fentry => "fentry",
        CaptureBackend.Kprobe => "kprobe",
        CaptureBackend.Syscall => "syscall",
        _ => throw new ArgumentOutOfRangeException(nameof(backend)),
    };
}
