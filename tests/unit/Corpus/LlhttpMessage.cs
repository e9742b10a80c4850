// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.UnitTests.Corpus;

/// <summary>One message of <see cref="LlhttpCase"/>: what llhttp's log calls complete.</summary>
internal sealed class LlhttpMessage
{
    public string? Method { get; private set; }

    public string? Target { get; private set; }

    public string? Version { get; private set; }

    public int? Status { get; set; }

    public List<(string Name, string Value)> Headers { get; } = [];

    public List<(string Name, string Value)> Trailers { get; } = [];

    public byte[]? Body { get; set; }

    /// <summary>The headers were read to their end.</summary>
    public bool HasHead { get; set; }

    public bool IsComplete { get; set; }

    /// <summary>Why llhttp went no further; null when it did.</summary>
    public string? Error { get; set; }

    /// <summary>Spans that count.</summary>
    public int Spans => (Method is null ? 0 : 1) + (Target is null ? 0 : 1) + (Version is null ? 0 : 1) + (Status is null ? 0 : 1)
        + (2 * Headers.Count) + (Body is null ? 0 : 1);

    /// <summary>A span is complete; it is forgotten then.</summary>
    public void Take(string name, Dictionary<string, byte[]> spans)
    {
        switch (name)
        {
            case "method":
                Method = Text(spans, "method");
                break;
            case "url":
                Target = Text(spans, "url");
                break;
            case "version":
                Version = Text(spans, "version");
                break;
            case "header_value":
                (HasHead ? Trailers : Headers).Add((Text(spans, "header_field"), Text(spans, "header_value")));
                break;
        }

        if (name != "header_field")
        {
            spans.Remove(name);
        }
    }

    private static string Text(Dictionary<string, byte[]> spans, string name)
    {
        var bytes = spans.GetValueOrDefault(name, []);
        spans.Remove(name);
        return Encoding.UTF8.GetString(bytes);
    }
}
