// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Terminal;

/// <summary>Streams over descriptors 1 and 2 that leave the terminal's modes alone.</summary>
internal static class StandardStreams
{
    /// <summary>Standard output, unbuffered; says when its reader has gone away.</summary>
    public static Stream Output() => new DescriptorStream(1, ignoresBrokenPipe: false);

    /// <summary>Standard error, unbuffered; says when its reader has gone away.</summary>
    public static Stream Error() => new DescriptorStream(2, ignoresBrokenPipe: false);

    /// <summary>Standard output for help, which nobody need read to its end.</summary>
    public static Stream Help() => new DescriptorStream(1, ignoresBrokenPipe: true);

    /// <summary>Standard error for notes, which nobody need read.</summary>
    public static Stream Notes() => new DescriptorStream(2, ignoresBrokenPipe: true);
}
