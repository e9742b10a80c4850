// SPDX-License-Identifier: Apache-2.0
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Cli.Terminal;

/// <summary>Streams over descriptors 1 and 2 that say when their reader has gone away.</summary>
internal static class StandardStreams
{
    /// <summary>Standard output, unbuffered.</summary>
    public static Stream Output() => Open(1, Console.OpenStandardOutput);

    /// <summary>Standard error, unbuffered.</summary>
    public static Stream Error() => Open(2, Console.OpenStandardError);

    private static Stream Open(int descriptor, Func<Stream> console)
    {
        // The console's own stream swallows EPIPE, so "l7trace watch | head" would never end. A file stream reports
        // it, but writes to files at an offset of its own, which overwrites what others append to the same file:
        // so the one for pipes and terminals, the other for files.
        try
        {
            var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, 0);
            if (!stream.CanSeek)
            {
                return stream;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A closed or odd descriptor: the console's stream copes.
        }

        return console();
    }
}
