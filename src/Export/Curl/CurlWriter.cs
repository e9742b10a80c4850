// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;

namespace L7Trace.Export.Curl;

/// <summary>
/// Writes each HTTP request as a curl command line for a POSIX shell. Nothing in captured text can leave its quotes. With
/// values withheld, headers that may carry some and bodies are left out, and a comment says so; the same for a body of
/// which only a part was kept. Not thread-safe.
/// </summary>
public sealed class CurlWriter : IExchangeSink, IDisposable
{
    private const int BufferSize = 64 * 1024;

    // curl makes these itself, from the URL, the body and the connection.
    private static readonly HashSet<string> s_madeByCurl = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Connection", "Transfer-Encoding", "Expect",
    };

    private readonly StreamWriter _writer;
    private readonly Redaction _redaction;

    /// <summary>Makes one.</summary>
    /// <param name="stream">Where the lines go; stays open.</param>
    /// <param name="redaction">What is withheld; the default when null.</param>
    public CurlWriter(Stream stream, Redaction? redaction = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _redaction = redaction ?? Redaction.Default;
        _writer = new StreamWriter(stream, new UTF8Encoding(false), BufferSize, leaveOpen: true) { NewLine = "\n" };
    }

    /// <summary>Exchanges of other protocols, and answers without their request.</summary>
    public long LeftOut { get; private set; }

    /// <inheritdoc/>
    public void Write(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange is not HttpExchange { Method: { } method, Path: not null } http)
        {
            LeftOut++;
            return;
        }

        var line = new StringBuilder("curl");
        var body = new StringBuilder();
        var note = AppendBody(body, http);
        if (method == "HEAD" && body.Length == 0)
        {
            line.Append(" --head");
        }
        else if (method != "GET" || body.Length > 0)
        {
            line.Append(" -X ").Append(ShellQuote.Of(method)); // with a body curl would make it a POST
        }

        if (http.Protocol == Protocol.Http2)
        {
            line.Append(http.Tls ? " --http2" : " --http2-prior-knowledge");
        }

        AppendUrl(line, http);
        foreach (var name in (ReadOnlySpan<string>)["User-Agent", "Accept", .. body.Length > 0 ? new[] { "Content-Type" } : []])
        {
            if (HttpText.Header(http.RequestHeaders, name) is null)
            {
                line.Append(" -H '").Append(name).Append(":'"); // or curl would send its own
            }
        }

        var withheld = 0;
        foreach (var (name, value) in http.RequestHeaders)
        {
            if (s_madeByCurl.Contains(name))
            {
                continue;
            }

            // A leading "@" would make curl read a file.
            if (name.StartsWith('@') || (!_redaction.ShowsSecrets && !HeaderRedaction.IsHarmless(name)))
            {
                withheld++;
                continue;
            }

            line.Append(" -H ").Append(ShellQuote.Of(value.Length > 0 ? $"{name}: {value}" : $"{name};"));
        }

        line.Append(body);
        if (withheld > 0)
        {
            note = string.Create(CultureInfo.InvariantCulture, $"{withheld} {(withheld == 1 ? "header" : "headers")} withheld{(note is null ? "" : ", " + note)}");
        }

        _writer.Write(line);
        _writer.Write(note is null ? "\n" : $"  # {note}\n");
    }

    /// <inheritdoc/>
    public void Flush() => _writer.Flush();

    /// <summary>Writes what is buffered.</summary>
    public void Dispose() => _writer.Dispose();

    private void AppendUrl(StringBuilder line, HttpExchange http)
    {
        var url = HttpText.Url(http, _redaction);
        if (url.AsSpan().IndexOfAny("[]{}") >= 0)
        {
            line.Append(" -g"); // these are no patterns
        }

        // curl takes "#" for the beginning of a fragment, resolves "/../", and refuses blanks and control characters.
        if (url.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && !url.Contains('#', StringComparison.Ordinal) && !url.Contains("/.", StringComparison.Ordinal))
        {
            line.Append(' ').Append(ShellQuote.Of(url));
            return;
        }

        var authority = url.IndexOf("//", StringComparison.Ordinal) + 2;
        var length = url.AsSpan(authority).IndexOfAny('/', '?');
        var target = length < 0 ? "/" : url[(authority + length)..];
        var server = length < 0 ? url : url[..(authority + length)];
        line.Append(" --request-target ").Append(ShellQuote.Of(target)).Append(' ').Append(ShellQuote.Of(server + "/"));
    }

    private string? AppendBody(StringBuilder line, HttpExchange http)
    {
        var size = http.RequestBodySize ?? 0;
        if (size == 0)
        {
            return null;
        }

        if (!_redaction.ShowsSecrets)
        {
            return string.Create(CultureInfo.InvariantCulture, $"body of {size} bytes withheld");
        }

        if (http.RequestBodyPrefix.Length < size)
        {
            return string.Create(CultureInfo.InvariantCulture, $"body of {size} bytes left out: {http.RequestBodyPrefix.Length} were kept");
        }

        if (http.RequestBodyPrefix.Span.Contains((byte)0))
        {
            return string.Create(CultureInfo.InvariantCulture, $"body of {size} bytes left out: no argument can hold its zero bytes");
        }

        line.Append(" --data-raw ").Append(ShellQuote.Of(http.RequestBodyPrefix.Span));
        return null;
    }
}
