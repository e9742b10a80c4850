// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp.Configuration;

/// <summary>
/// The address that spans go to ("OpenTelemetry Protocol Exporter", Endpoint URLs for OTLP/HTTP): one for all signals gets
/// v1/traces behind its path, one for traces is taken as it is.
/// </summary>
internal static class OtlpEndpoint
{
    private const string Path = "v1/traces";

    /// <summary>The address for http/protobuf.</summary>
    /// <param name="name">What set it, for errors.</param>
    /// <param name="text">A URL.</param>
    /// <param name="isForTraces">It is for traces alone.</param>
    public static Uri OfHttp(string name, string text, bool isForTraces)
    {
        RefuseUser(name, text);
        if (Parse(text) is not { } url)
        {
            throw OtlpVariables.Wrong(name, text, "is no URL: it begins with http:// or https://, as in http://localhost:4318");
        }

        if (isForTraces)
        {
            return url;
        }

        var path = url.AbsolutePath.TrimEnd('/');
        return new UriBuilder(url) { Path = path + "/" + Path }.Uri;
    }

    /// <summary>The same for the command line's, where a full path to the traces is understood too.</summary>
    public static Uri OfCommandLine(string name, string text) =>
        OfHttp(name, text, isForTraces: text.AsSpan().TrimEnd('/').EndsWith("/" + Path, StringComparison.Ordinal));

    /// <summary>The address for grpc: scheme, host and port; without a scheme, TLS unless <paramref name="isInsecure"/>.</summary>
    public static Uri OfGrpc(string name, string text, bool isInsecure)
    {
        RefuseUser(name, text);
        var url = Parse(text) ?? (text.Contains("://", StringComparison.Ordinal) ? null : Parse((isInsecure ? "http://" : "https://") + text));
        return url is null
            ? throw OtlpVariables.Wrong(name, text, "is no address: it is a URL, as in http://localhost:4317, or host:port")
            : new Uri(url.GetLeftPart(UriPartial.Authority));
    }

    // It would be shown wherever the address is, and sent nowhere.
    private static void RefuseUser(string name, string text)
    {
        if (text.Contains('@', StringComparison.Ordinal))
        {
            throw new OtlpConfigurationException($"{name}: no user's name or password in an address; OTEL_EXPORTER_OTLP_HEADERS takes credentials");
        }
    }

    private static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0
            ? url
            : null;
}
