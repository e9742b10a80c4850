// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>Strings of one connection's exchanges, made once where they repeat.</summary>
internal sealed class Http1Texts
{
    private RepeatedText _targets;
    private RepeatedText _hosts;
    private RepeatedText _userAgents;
    private string? _split;
    private bool _splitAsConnect;
    private (string? Path, string? Query, string? Authority) _parts;

    /// <summary>The request target.</summary>
    public string Target(ReadOnlySpan<byte> bytes) => _targets.Of(bytes);

    /// <summary>The target's parts, as <see cref="HttpTarget.Split"/> gives them.</summary>
    public (string? Path, string? Query, string? Authority) Split(string target, bool isConnect)
    {
        if (!ReferenceEquals(_split, target) || _splitAsConnect != isConnect)
        {
            _parts = HttpTarget.Split(target, isConnect);
            _split = target;
            _splitAsConnect = isConnect;
        }

        return _parts;
    }

    /// <summary>The Host header; null without one.</summary>
    public string? Host(Http1Head head) => head.HasHost ? _hosts.Of(head.Host) : null;

    /// <summary>The User-Agent header; null without one.</summary>
    public string? UserAgent(Http1Head head) => head.HasUserAgent ? _userAgents.Of(head.UserAgent) : null;
}
