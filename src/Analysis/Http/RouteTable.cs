// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Http;

/// <summary>
/// Route templates with a bound on how many one host may bring: what comes after that is <see cref="Overflow"/>, so
/// that paths with values that no shape gives away can't fill a report. Not thread-safe.
/// </summary>
public sealed class RouteTable
{
    /// <summary>Stands for every route beyond the bound.</summary>
    public const string Overflow = "{other}";

    private const int MaxKnown = 4096;
    private const int MaxKnownPath = 256; // characters

    private readonly Dictionary<string, HashSet<string>> _routes = [];
    private readonly Dictionary<(string Host, string Path), string> _known = []; // paths come again
    private readonly int _maxRoutesPerHost;
    private readonly int _maxHosts;

    /// <summary>Makes an empty table.</summary>
    public RouteTable(int maxRoutesPerHost = 500, int maxHosts = 200)
    {
        _maxRoutesPerHost = maxRoutesPerHost;
        _maxHosts = maxHosts;
    }

    /// <summary>The route of a path on a host.</summary>
    public string Of(string host, string path)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length > MaxKnownPath)
        {
            return Find(host, path);
        }

        if (!_known.TryGetValue((host, path), out var route))
        {
            route = Find(host, path);
            if (route != Overflow)
            {
                if (_known.Count >= MaxKnown)
                {
                    _known.Clear();
                }

                _known.Add((host, path), route); // a route that has its place keeps it
            }
        }

        return route;
    }

    private string Find(string host, string path)
    {
        if (!_routes.TryGetValue(host, out var routes))
        {
            if (_routes.Count >= _maxHosts)
            {
                return Overflow;
            }

            _routes.Add(host, routes = []);
        }

        var route = RouteTemplate.Of(path);
        if (routes.Contains(route))
        {
            return route;
        }

        if (routes.Count >= _maxRoutesPerHost)
        {
            return Overflow;
        }

        routes.Add(route);
        return route;
    }
}
