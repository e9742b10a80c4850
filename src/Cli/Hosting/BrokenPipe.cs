// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Hosting;

/// <summary>Tells the end of a reader (<c>l7trace watch ... | head</c>) from a failure to write.</summary>
internal static class BrokenPipe
{
    private const int EPIPE = 32;

    /// <summary>True when the exception says that nobody reads any more.</summary>
    public static bool Is(IOException exception)
    {
        for (Exception? at = exception; at is not null; at = at.InnerException)
        {
            // .NET on Unix gives the errno itself as the HResult of an IOException.
            if (at.HResult == EPIPE || at is System.Net.Sockets.SocketException { NativeErrorCode: EPIPE })
            {
                return true;
            }
        }

        return false;
    }
}
