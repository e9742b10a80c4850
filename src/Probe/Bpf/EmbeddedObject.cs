// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>The bytes of l7trace.bpf.o and of l7trace-plain.bpf.o, which this assembly carries as resources.</summary>
internal static class EmbeddedObject
{
    /// <summary>Reads one of them.</summary>
    /// <param name="plain">The one that does without casts (FIELD in bpf/kernel.bpf.h).</param>
    /// <exception cref="ProbeException">The assembly was built without.</exception>
    internal static byte[] Read(bool plain = false)
    {
        using var stream = typeof(EmbeddedObject).Assembly.GetManifestResourceStream(plain ? "l7trace-plain.bpf.o" : "l7trace.bpf.o")
            ?? throw Errors.ProbeErrors.WrongObject("it is missing");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
