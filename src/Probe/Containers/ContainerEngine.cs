// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using System.Text.Json;

namespace L7Trace.Probe.Containers;

/// <summary>
/// Asks the engines of this machine which containers run, by the part of Docker's API that Podman has too (GET
/// /containers/json). Whatever answers is believed only as far as names go; what is traced is decided by control groups.
/// </summary>
public static class ContainerEngine
{
    private const int MaxAnswer = 8 << 20; // bytes
    private const string UnixScheme = "unix://";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly string[] s_sockets = ["/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock"];

    /// <summary>The sockets that are asked: DOCKER_HOST's if it names one, else those that engines make by default.</summary>
    public static IReadOnlyList<string> Sockets(string? dockerHost) =>
        dockerHost?.StartsWith(UnixScheme, StringComparison.Ordinal) == true ? [dockerHost[UnixScheme.Length..]] : s_sockets;

    /// <summary>The running containers by the engine of this process's DOCKER_HOST, or by the machine's own.</summary>
    public static IReadOnlyList<Container> List() => List(Environment.GetEnvironmentVariable("DOCKER_HOST"));

    /// <summary>The running containers; empty when no engine answers in two seconds.</summary>
    public static IReadOnlyList<Container> List(string? dockerHost)
    {
        var found = new Dictionary<string, Container>(StringComparer.Ordinal);
        foreach (var socket in Sockets(dockerHost).Where(File.Exists).DistinctBy(Resolved, StringComparer.Ordinal))
        {
            foreach (var container in Ask(socket))
            {
                found.TryAdd(container.Id, container);
            }
        }

        return [.. found.Values];
    }

    /// <summary>A socket that this process was not allowed to open; null for none so far.</summary>
    public static string? Refused { get; private set; }

    private static bool IsRefusal(Exception exception) =>
        exception is SocketException { SocketErrorCode: SocketError.AccessDenied } or HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.AccessDenied } };

    // /var/run is /run by another name nearly everywhere.
    private static string Resolved(string socket) =>
        Path.GetDirectoryName(socket) is { } folder && SafeFile.LinkTarget(folder) is { } target
            ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(folder) ?? "/", target, Path.GetFileName(socket)))
            : socket;

    /// <summary>Reads an engine's answer; what is not as expected is left out.</summary>
    internal static IReadOnlyList<Container> Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var list = new List<Container>();
            if (document.RootElement.ValueKind == JsonValueKind.Array)
            {
                list.AddRange(document.RootElement.EnumerateArray().Select(ReadOne).OfType<Container>());
            }

            return list;
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static Container? ReadOne(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("Id", out var id) || id.ValueKind != JsonValueKind.String || ContainerId.In(id.GetString()) is not { } digits
            || !entry.TryGetProperty("Names", out var names) || names.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        // A name with a second slash is another container's word for this one (a link).
        var name = names.EnumerateArray().Where(static x => x.ValueKind == JsonValueKind.String).Select(static x => x.GetString()!.TrimStart('/'))
            .FirstOrDefault(static x => x.Length > 0 && !x.Contains('/', StringComparison.Ordinal));
        return name is null ? null : new Container(digits, name);
    }

    private static IReadOnlyList<Container> Ask(string socket)
    {
        try
        {
            using var handler = new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (_, cancellation) =>
                {
                    var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    try
                    {
                        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation).ConfigureAwait(false);
                        return new NetworkStream(connection, ownsSocket: true);
                    }
                    catch
                    {
                        connection.Dispose();
                        throw;
                    }
                },
            };
            using var client = new HttpClient(handler) { MaxResponseContentBufferSize = MaxAnswer, Timeout = s_patience };
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://engine/containers/json");
            using var response = client.Send(request);
            if (!response.IsSuccessStatusCode)
            {
                return [];
            }

            using var content = new MemoryStream();
            response.Content.ReadAsStream().CopyTo(content);
            return Read(content.GetBuffer().AsMemory(0, (int)content.Length));
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            Refused = socket;
            return [];
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException or OperationCanceledException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
