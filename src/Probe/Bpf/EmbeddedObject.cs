// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>The bytes of l7trace.bpf.o, which this assembly carries as a resource.</summary>
internal static class EmbeddedObject
{
    private const string ResourceName = "l7trace.bpf.o";

    /// <summary>Reads them.</summary>
    /// <exception cref="ProbeException">The assembly was built without.</exception>
    internal static byte[] Read()
    {
        using var stream = typeof(EmbeddedObject).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw Errors.ProbeErrors.WrongObject("it is missing");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
