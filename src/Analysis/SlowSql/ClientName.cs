// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.SlowSql;

/// <summary>Names the client of an exchange: its program where that is known, and its host.</summary>
internal static class ClientName
{
    /// <summary>The process's command name; null when the client is not on this host or not known.</summary>
    public static (string? Program, uint ProcessId) ProgramOf(Exchange exchange)
    {
        var connection = exchange.Connection.Role == EndpointRole.Client ? exchange.Connection
            : exchange.OtherEnd?.Connection is { Role: EndpointRole.Client } other ? other
            : null;
        return connection is { ProcessCommand.Length: > 0 } ? (connection.ProcessCommand, connection.ProcessId)
            : (null, connection?.ProcessId ?? (exchange.Connection.Role == EndpointRole.Server ? exchange.Connection.PeerProcessId : 0));
    }

    /// <summary>"php-fpm @ 10.0.0.5", "10.0.0.5", "mysql @ localhost", with the container behind it where it is known.</summary>
    public static string Of(Exchange exchange, string? program, string? container)
    {
        var connection = exchange.Connection;
        var address = connection.ClientEndPoint?.Address;
        var host = address is null ? connection.UnixPath is null ? "?" : "localhost"
            : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        var name = program is null ? host : $"{program} @ {host}";
        return container is null ? name : $"{name} (container {container})";
    }
}
