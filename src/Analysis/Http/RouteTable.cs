// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Http;

/// <summary>
/// Routes of paths: the user's patterns first, in their order, else the template by shape, with a bound on how many one
/// host may bring: what comes after that is <see cref="Overflow"/>, so that paths with values that no shape gives away can't fill
/// a report. Not thread-safe.
/// </summary>
public sealed class RouteTable
{
    /// <summary>Stands for every route beyond the bound.</summary>
    public const string Overflow = "{other}";

    /// <summary>Routes of a host when nothing is said.</summary>
    public const int DefaultRoutesPerHost = 500;

    private const int MaxKnown = 4096;
    private const int MaxKnownPath = 256; // characters

    private readonly Dictionary<string, HashSet<string>> _routes = [];
    private readonly Dictionary<(string Host, string Path), string> _known = []; // paths come again
    private readonly IReadOnlyList<RoutePattern> _patterns;
    private readonly int _maxRoutesPerHost;
    private readonly int _maxHosts;

    /// <summary>Makes an empty table.</summary>
    /// <param name="maxRoutesPerHost">Routes by shape at most.</param>
    /// <param name="maxHosts">Hosts that have such routes at most.</param>
    /// <param name="patterns">What the user calls a route; they don't count.</param>
    public RouteTable(int maxRoutesPerHost = DefaultRoutesPerHost, int maxHosts = 200, IReadOnlyList<RoutePattern>? patterns = null)
    {
        _patterns = patterns ?? [];
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
        foreach (var pattern in _patterns)
        {
            if (pattern.Matches(path))
            {
                return pattern.Text;
            }
        }

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
