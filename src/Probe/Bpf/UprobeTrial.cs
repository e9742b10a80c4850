// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using L7Trace.Probe.Interop;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Bpf;

/// <summary>Attaches a probe to a file in memory that nobody executes, to see whether the kernel lets us.</summary>
internal static unsafe class UprobeTrial
{
    private const string OfTls = "tls_return";
    private const string OfSecrets = "openssl_log_secret";
    private const int FileBytes = 4096;

    /// <summary>How it went.</summary>
    /// <param name="Errno">Why the kernel refused; 0 when it did not.</param>
    /// <param name="IsMulti">With the multi-uprobe link (6.6); else with a perf event.</param>
    internal readonly record struct Outcome(int Errno, bool IsMulti);

    /// <summary>Does it, with an object that was loaded with the programs of TLS, or with those of its secrets.</summary>
    internal static Outcome Attach(L7Object bpf, bool isForSecrets = false)
    {
        using var file = CreateFile();
        if (file is null)
        {
            return new Outcome(Marshal.GetLastPInvokeError(), false);
        }

        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}");
        var links = bpf.AttachFunctions(isForSecrets ? OfSecrets : OfTls, true, path, [0UL], 0, out var errno);
        var isMulti = links is [SafeFileHandle];
        if (links.Count > 0)
        {
            // It waits for a grace period of the kernel, which is nobody else's time.
            ThreadPool.UnsafeQueueUserWorkItem(static made => made[0].Dispose(), links, preferLocal: false);
        }

        return new Outcome(errno, isMulti);
    }

    private static SafeFileHandle? CreateFile()
    {
        int fd;
        fixed (byte* name = "l7trace-trial\0"u8)
        {
            fd = LibC.MemoryFile(name, LibC.MemoryCloseOnExec);
        }

        if (fd < 0)
        {
            return null;
        }

        var file = new SafeFileHandle(fd, ownsHandle: true);
        RandomAccess.Write(file, new byte[FileBytes], 0);
        return file;
    }
}
