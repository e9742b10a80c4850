// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Corpus;

/// <summary>
/// llhttp's own tests, span by span: method, target, version, header names and values, status and body of each message.
/// llhttp is a server's parser and refuses what an observer shows as sent; each difference stands in
/// tests/corpus/llhttp.tsv with the reason. One without an entry fails, and an entry without its difference.
/// </summary>
public sealed class LlhttpTests(ITestOutputHelper output)
{
    private const string List = "tests/corpus/llhttp.tsv";

    // In front of the messages of the test stands a pair that shows the protocol, as a tracer meets a connection.
    private const string FirstRequest = "GET /first HTTP/1.1\r\nHost: first\r\n\r\n";
    private const string HeadRequest = "HEAD /first HTTP/1.1\r\nHost: first\r\n\r\n";
    private const string FirstAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public void Every_span_is_the_same_or_the_list_says_why_not()
    {
        var corpus = CorpusTests.Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var folder = Path.Combine(corpus!, "llhttp", "test");
        var cases = LlhttpCase.ReadAll(folder).ToList();
        Assert.Equal(
            Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories).Sum(static path => File.ReadAllText(path).Split("<!-- meta=").Length - 1),
            cases.Count);
        var known = Reasons();
        var problems = new StringBuilder();
        int same = 0, spans = 0, messages = 0;
        foreach (var (name, found) in cases.GroupBy(static x => x.Name).SelectMany(static group => group.Select(
            (found, i) => (i == 0 ? group.Key : string.Create(CultureInfo.InvariantCulture, $"{group.Key} ({i + 1})"), found))))
        {
            var difference = string.Join("; ", Differences(found, Show(found)));
            same += difference.Length == 0 ? 1 : 0;
            messages += found.Messages.Count;
            spans += found.Messages.Sum(static message => message.Spans);
            if (difference != known.GetValueOrDefault(name, ""))
            {
                problems.Append(CultureInfo.InvariantCulture, $"{name}\t{difference}\n");
            }

            known.Remove(name);
        }

        foreach (var name in known.Keys)
        {
            problems.Append(CultureInfo.InvariantCulture, $"{name}\tan entry without a difference\n");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"llhttp: {cases.Count} tests, {messages} messages, {spans} spans; {same} tests the same, {cases.Count - same} explained"));
        if (Environment.GetEnvironmentVariable("L7TRACE_CORPUS_WRITE") is { Length: > 0 } path)
        {
            File.WriteAllText(path, problems.ToString());
        }

        Assert.Equal("", problems.ToString());
    }

    // What an observer of the connection is shown of the messages.
    private static List<HttpExchange> Show(LlhttpCase found)
    {
        var talk = new Conversation(EndpointRole.Server, limits: ParseLimits.Default with { MaxBodyPrefix = 64 * 1024 });
        talk.Client(Encoding.ASCII.GetBytes(FirstRequest)).Server(Encoding.ASCII.GetBytes(FirstAnswer));
        var others = Math.Max(1, found.Messages.Count);
        if (found.IsRequest)
        {
            talk.Client(found.Input);
            for (var i = 0; i < others; i++)
            {
                talk.Server(Encoding.ASCII.GetBytes(Answer));
            }
        }
        else
        {
            for (var i = 0; i < others; i++)
            {
                talk.Client(Encoding.ASCII.GetBytes(found.IsAnswerToHead ? HeadRequest : FirstRequest));
            }

            talk.Server(found.Input);
        }

        talk.EndOfStream(ofServer: !found.IsRequest).Finish(close: true);
        return [.. talk.Exchanges.Http().Where(x => found.IsRequest
            ? x.Method is not null && x.Target != "/first"
            : x.StatusCode is not null && !(x.StatusCode == 204 && x.ResponseHeaders.Count == 0 && x == talk.Exchanges[0]))];
    }

    private static IEnumerable<string> Differences(LlhttpCase found, List<HttpExchange> shown)
    {
        // An interim response is counted with the final one, which is not in these tests.
        var messages = found.Messages.Where(static x => x.Status is not (>= 100 and < 200 and not 101)).ToList();
        for (var i = 0; i < Math.Max(messages.Count, shown.Count); i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{i + 1}: ");
            if (i >= messages.Count)
            {
                yield return at + $"shown: {Start(shown[i], found.IsRequest)}";
            }
            else if (i >= shown.Count)
            {
                if (messages[i].HasHead)
                {
                    yield return at + "not shown";
                }
            }
            else
            {
                if (messages[i].Error is { } error)
                {
                    yield return at + $"refused: {error}, shown: {Start(shown[i], found.IsRequest)}";
                }

                foreach (var difference in Differences(messages[i], shown[i], found.IsRequest))
                {
                    yield return at + difference;
                }
            }
        }
    }

    private static IEnumerable<string> Differences(LlhttpMessage message, HttpExchange shown, bool isRequest)
    {
        if (isRequest && message.Method is { } method && method != shown.Method)
        {
            yield return $"method {Quote(method)}, here {Quote(shown.Method)}";
        }

        if (isRequest && message.Target is { } target && target != shown.Target)
        {
            yield return $"target {Quote(target)}, here {Quote(shown.Target)}";
        }

        if (isRequest && message.Version is { } version && version != shown.Version)
        {
            yield return $"version {Quote(version)}, here {Quote(shown.Version)}";
        }

        if (!isRequest && message.Status is { } status && status != shown.StatusCode)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"status {status}, here {shown.StatusCode}");
        }

        var headers = isRequest ? shown.RequestHeaders : shown.ResponseHeaders;
        for (var i = 0; i < message.Headers.Count || (message.HasHead && i < headers.Count); i++)
        {
            var (name, value) = i < message.Headers.Count ? message.Headers[i] : ("", "");
            var (hereName, hereValue) = i < headers.Count ? headers[i] : new("", "");
            if (name != hereName || value != hereValue)
            {
                yield return $"header {Quote(name + ": " + value)}, here {Quote(hereName + ": " + hereValue)}";
            }
        }

        var body = (isRequest ? shown.RequestBodyPrefix : shown.ResponseBodyPrefix).Span;
        if (message.HasHead && !body.SequenceEqual(message.Body ?? []))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"body of {message.Body?.Length ?? 0} bytes, here {body.Length}");
        }
    }

    private static string Start(HttpExchange x, bool isRequest)
    {
        var warnings = x.Warnings == Http1Warnings.None ? "" : $" ({x.Warnings})";
        return (isRequest ? $"{x.Method} {Quote(x.Target)}" : string.Create(CultureInfo.InvariantCulture, $"{x.StatusCode}")) + $" {x.State}{warnings}";
    }

    private static string Quote(string? text)
    {
        var plain = new StringBuilder();
        foreach (var c in text ?? "-")
        {
            plain.Append(c is >= ' ' and < (char)127 ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"));
        }

        return plain.Length > 60 ? $"'{plain.ToString()[..60]}...'" : $"'{plain}'";
    }

    // name, difference, why
    private static Dictionary<string, string> Reasons()
    {
        var known = new Dictionary<string, string>();
        foreach (var line in Repository.Read(List).Split('\n'))
        {
            if (line.Length == 0 || line.StartsWith('#'))
            {
                continue;
            }

            var fields = line.Split('\t');
            Assert.True(fields.Length == 3 && fields[2].Length > 10, $"an entry without a reason: {line}");
            known.Add(fields[0], fields[1]);
        }

        return known;
    }
}
