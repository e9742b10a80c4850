// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// Attaches a program to the entry or the return of a function of the kernel. Where tracefs is at hand, returns are
/// defined there: only so can they be given more places than perf's ten or so. Each call that sleeps in the function
/// holds a place, and a server with a thread for each connection has hundreds asleep.
/// </summary>
internal static class KprobeLink
{
    /// <summary>KRETPROBE_MAXACTIVE_MAX of the kernel.</summary>
    private const int ReturnPlaces = 4096;

    /// <summary>At the entry. Null, with errno, where the kernel refuses.</summary>
    internal static SafeHandle? AttachEntry(nint program, string function) => Attach(program, isReturn: false, function);

    /// <summary>At the return. Null, with errno, where the kernel refuses.</summary>
    internal static SafeHandle? AttachReturn(nint program, string function)
    {
        if (KprobeDefinition.TryMake(function, ReturnPlaces) is not { } definition)
        {
            return Attach(program, isReturn: true, function);
        }

        if (AttachTo(program, definition) is { } link)
        {
            return new DefinedProbe(link, definition);
        }

        var errno = Marshal.GetLastPInvokeError();
        definition.Dispose();
        Marshal.SetLastPInvokeError(errno);
        return null;
    }

    private static BpfLinkHandle? AttachTo(nint program, KprobeDefinition definition)
    {
        using var perf = PerfEvent.OpenTracepoint(definition.Id);
        var link = perf.IsInvalid ? 0 : LibBpf.AttachPerfEvent(program, (int)perf.DangerousGetHandle());
        if (link == 0)
        {
            return null;
        }

        perf.SetHandleAsInvalid(); // the link closes it
        return new BpfLinkHandle(link);
    }

    private static BpfLinkHandle? Attach(nint program, bool isReturn, string function)
    {
        var link = LibBpf.AttachKprobe(program, isReturn, function);
        return link == 0 ? null : new BpfLinkHandle(link);
    }

    /// <summary>A link, and the definition that can be removed only after it.</summary>
    private sealed class DefinedProbe : SafeHandle
    {
        private readonly BpfLinkHandle _link;
        private readonly KprobeDefinition _definition;

        internal DefinedProbe(BpfLinkHandle link, KprobeDefinition definition)
            : base(0, ownsHandle: true)
        {
            _link = link;
            _definition = definition;
            SetHandle(1);
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            _link.Dispose();
            _definition.Dispose();
            return true;
        }
    }
}
