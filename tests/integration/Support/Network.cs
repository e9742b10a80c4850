// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;

namespace L7Trace.IntegrationTests.Support;

/// <summary>Loopback ports.</summary>
internal static class Network
{
    /// <summary>
    /// A free port below the range from which the kernel takes the ports of clients, so that no client's port can
    /// collide with it before the server binds it.
    /// </summary>
    public static int FreePort()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int port = Random.Shared.Next(12000, 32000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // in use: another one
            }
        }

        throw new InvalidOperationException("No free port on loopback.");
    }
}
