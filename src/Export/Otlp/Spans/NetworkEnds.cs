// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using Google.Protobuf.Collections;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// Attributes of the two ends of a connection. What is not proven is left out: an address that is only likely would draw a
/// wrong map.
/// </summary>
internal static class NetworkEnds
{
    /// <summary>network.peer.address and .port: the other end of the very socket.</summary>
    public static void SetPeer(RepeatedField<KeyValue> attributes, ConnectionInfo connection)
    {
        if (connection.PeerProof != PeerProof.Unknown)
        {
            attributes.Set("network.peer.address", AddressOf(connection.Remote) ?? connection.UnixPath);
            attributes.Set("network.peer.port", (long?)connection.Remote?.Port);
        }
    }

    /// <summary>client.address and .port, for a server's span: who connected, which may be a proxy.</summary>
    public static void SetClient(RepeatedField<KeyValue> attributes, ConnectionInfo connection, bool withPort)
    {
        if (connection.PeerProof != PeerProof.Unknown)
        {
            attributes.Set("client.address", AddressOf(connection.ClientEndPoint));
            attributes.Set("client.port", withPort ? connection.ClientEndPoint?.Port : null);
        }
    }

    /// <summary>server.address and .port as the request names the server, else as the connection has it.</summary>
    public static void SetServer(RepeatedField<KeyValue> attributes, ConnectionInfo connection, string? host, int defaultPort)
    {
        if (SplitHost(host) is var (name, port))
        {
            attributes.Set("server.address", name);
            attributes.Set("server.port", port ?? defaultPort);
        }
        else if (ServerOf(connection) is var (address, number))
        {
            attributes.Set("server.address", address);
            attributes.Set("server.port", number);
        }
    }

    /// <summary>The server's address, and its port unless it is a Unix socket's path; null when not proven.</summary>
    public static (string Address, int? Port)? ServerOf(ConnectionInfo connection) =>
        connection.PeerProof == PeerProof.Unknown ? null
        : AddressOf(connection.ServerEndPoint) is { } address ? (address, connection.ServerEndPoint?.Port)
        : connection.UnixPath is { } path ? (path, null)
        : null;

    /// <summary>An address as text, IPv4 in IPv6 as IPv4; null for none.</summary>
    public static string? AddressOf(IPEndPoint? end) =>
        end is null ? null : (end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address).ToString();

    /// <summary>"host:port", "host", "[v6]:port"; without a user's name in front. Null for what is none of these.</summary>
    public static (string Name, int? Port)? SplitHost(string? host)
    {
        var text = host.AsSpan();
        text = text[(text.LastIndexOf('@') + 1)..].Trim();
        var nameEnd = text.StartsWith('[') ? text.IndexOf(']') + 1 : text.IndexOf(':') is var colon and >= 0 ? colon : text.Length;
        if (nameEnd <= 0)
        {
            return null;
        }

        int? port = null;
        if (nameEnd < text.Length)
        {
            if (text[nameEnd] != ':' || !ushort.TryParse(text[(nameEnd + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            port = number;
        }

        return (text[..nameEnd].Trim("[]").ToString(), port);
    }
}
