// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>Splits a request target (RFC 9112 section 3.2) into path and query, as sent.</summary>
internal static class HttpTarget
{
    /// <summary>
    /// Origin form "/a?b", absolute form "http://host/a?b" and asterisk form "*" have a path; authority form
    /// (CONNECT) has none. A query without "?" is null; a fragment, which should not be sent, stays where it stands.
    /// </summary>
    public static (string? Path, string? Query, string? Authority) Split(string target, bool isConnect)
    {
        if (isConnect)
        {
            return (null, null, target);
        }

        var start = 0;
        string? authority = null;
        var scheme = target.StartsWith('/') ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && target.AsSpan(0, scheme).IndexOfAny('/', '?') < 0)
        {
            var host = scheme + 3;
            var end = target.AsSpan(host).IndexOfAny('/', '?');
            start = end < 0 ? target.Length : host + end;
            authority = target[host..start];
        }

        var question = target.IndexOf('?', start);
        var path = question < 0 ? target[start..] : target[start..question];
        return (
            path.Length == 0 && authority is not null ? "/" : path,
            question < 0 ? null : target[(question + 1)..],
            authority);
    }
}
