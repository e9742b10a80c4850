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

    private readonly Dictionary<string, HashSet<string>> _routes = [];
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
