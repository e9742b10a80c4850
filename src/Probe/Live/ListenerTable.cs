// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Live;

/// <summary>
/// Tells the role of a TCP connection that is older than the tracer by the listeners of its network namespace. Only
/// what follows is told; else the role stays unknown until the protocol's first message:
/// a listener on the local address and none on the remote one: server; both ends in this namespace, a listener on the
/// remote address and none on the local one: client. That nothing listens locally proves nothing by itself, since a
/// server may have closed its listener.
/// </summary>
internal sealed class ListenerTable(ProcFs proc)
{
    /// <summary>How long a reading is good for, nanoseconds.</summary>
    private const long Lifetime = 1_000_000_000;

    /// <summary>Network namespaces remembered; more are only read more often.</summary>
    private const int MaxNamespaces = 256;

    private readonly Dictionary<uint, Snapshot> _byNamespace = [];

    /// <summary>Sets the role of a connection that has none; does nothing where nothing is proven.</summary>
    /// <param name="connection">A TCP connection.</param>
    /// <param name="now">Nanoseconds on any clock that only grows.</param>
    internal void Resolve(ConnectionInfo connection, long now)
    {
        if (connection.Role != EndpointRole.Unknown
            || connection.Local is not { } local || connection.Remote is not { } remote
            || Listeners(connection.NetworkNamespace, connection.ProcessId, now) is not { } listeners)
        {
            return;
        }

        var role = RoleOf(local, remote, listeners);
        if (role != EndpointRole.Unknown)
        {
            connection.Role = role;
            connection.RoleEvidence = RoleEvidence.Listener;
        }
    }

    /// <summary>The rule by itself.</summary>
    internal static EndpointRole RoleOf(IPEndPoint local, IPEndPoint remote, IReadOnlySet<IPEndPoint> listeners)
    {
        var remoteIsHere = IPAddress.IsLoopback(remote.Address) || remote.Address.Equals(local.Address);
        var localListens = Listens(local, listeners);
        var remoteListens = remoteIsHere && Listens(remote, listeners);
        return (localListens, remoteListens) switch
        {
            (true, false) => EndpointRole.Server,
            (false, true) => EndpointRole.Client,
            _ => EndpointRole.Unknown,
        };
    }

    /// <summary>
    /// Reads the listeners of /proc/net/tcp or tcp6. The kernel lists them first, so the first socket in another state
    /// ends the reading, however many connections there are (Documentation/networking/proc_net_tcp.rst).
    /// </summary>
    internal static void Parse(TextReader reader, ISet<IPEndPoint> listeners)
    {
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 4 || fields[3] != "0A")
            {
                return;
            }

            if (ParseEndPoint(fields[1]) is { } endPoint)
            {
                listeners.Add(endPoint);
            }
        }
    }

    /// <summary>
    /// Reads "0100007F:1F90" and its longer kin: each 32-bit word of the address is printed as a number of this
    /// machine's byte order, the port in host order.
    /// </summary>
    internal static IPEndPoint? ParseEndPoint(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32)
            || !ushort.TryParse(
                text.AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var port))
        {
            return null;
        }

        Span<byte> address = stackalloc byte[colon / 2];
        for (var word = 0; word < colon / 8; word++)
        {
            if (!uint.TryParse(
                text.AsSpan(word * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                return null;
            }

            BitConverter.TryWriteBytes(address[(word * 4)..], value);
        }

        var ip = new IPAddress(address);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
    }

    private static bool Listens(IPEndPoint endPoint, IReadOnlySet<IPEndPoint> listeners) =>
        listeners.Contains(endPoint)
        || listeners.Contains(new IPEndPoint(IPAddress.Any, endPoint.Port))
        || listeners.Contains(new IPEndPoint(IPAddress.IPv6Any, endPoint.Port));

    private HashSet<IPEndPoint>? Listeners(uint networkNamespace, uint processId, long now)
    {
        if (_byNamespace.TryGetValue(networkNamespace, out var snapshot) && now - snapshot.Time < Lifetime)
        {
            return snapshot.Listeners;
        }

        // A process can leave the namespace that its socket was made in; then its /proc tells about another one.
        if (networkNamespace == 0 || proc.Namespace(processId, "net") != networkNamespace)
        {
            return null;
        }

        var listeners = new HashSet<IPEndPoint>();
        if (!TryParse(proc.PathOf(processId, "net/tcp"), listeners)
            | !TryParse(proc.PathOf(processId, "net/tcp6"), listeners))
        {
            return null;
        }

        if (_byNamespace.Count >= MaxNamespaces)
        {
            _byNamespace.Clear();
        }

        _byNamespace[networkNamespace] = new Snapshot(now, listeners);
        return listeners;
    }

    private static bool TryParse(string path, HashSet<IPEndPoint> listeners)
    {
        try
        {
            using var reader = new StreamReader(path);
            Parse(reader, listeners);
            return true;
        }
        catch (FileNotFoundException) when (path.EndsWith("tcp6", StringComparison.Ordinal))
        {
            return true; // a kernel without IPv6
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            return false;
        }
    }

    private sealed record Snapshot(long Time, HashSet<IPEndPoint> Listeners);
}
