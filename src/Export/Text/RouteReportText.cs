// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;

namespace L7Trace.Export.Text;

/// <summary>
/// The report of HTTP: a table of routes with their failures by class, and below it what failures those were, route by route.
/// </summary>
public static class RouteReportText
{
    private const int MostFailures = 8;

    /// <summary>Writes the tables that have rows.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="routes">The groups of a report, in their order.</param>
    /// <param name="width">Columns of the screen, 0 when there is no limit.</param>
    public static void Write(TextWriter output, IReadOnlyList<ReportGroup> routes, int width = 0)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(routes);
        if (routes.Count == 0)
        {
            return;
        }

        var hasGrpc = routes.Any(static route => route.Failures[HttpFailureKind.Grpc] > 0);
        string[] headings =
        [
            ">calls", ">4xx", ">5xx", .. hasGrpc ? [">grpc"] : Array.Empty<string>(), ">reset", ">closed", ">total", ">avg", ">p50", ">p95",
            ">p99", ">max", ">sent", ">received", "host", "route",
        ];
        var table = new TableWriter(headings);
        foreach (var route in routes)
        {
            table.Add(CellsOf(route, hasGrpc));
        }

        output.Write("HTTP routes\n");
        table.Write(output, width);
        output.Write("\n");
        WriteFailures(output, routes, width);
    }

    private static string[] CellsOf(ReportGroup route, bool hasGrpc)
    {
        var cells = ReportText.CellsOf(route);
        var failures = route.Failures;
        return
        [
            cells[0], Number(failures[HttpFailureKind.Client]), Number(failures[HttpFailureKind.Server]),
            .. hasGrpc ? [Number(failures[HttpFailureKind.Grpc])] : Array.Empty<string>(),
            Number(failures[HttpFailureKind.Reset]), Number(failures[HttpFailureKind.Closed]), .. cells[2..8],
            Units.Bytes(route.RequestBytes), .. cells[8..],
        ];
    }

    private static void WriteFailures(TextWriter output, IReadOnlyList<ReportGroup> routes, int width)
    {
        var table = new TableWriter(">failed", "of what", "host", "route");
        var any = false;
        foreach (var route in routes.Where(static route => route.Failures.Total > 0).OrderByDescending(static route => route.Failures.Total))
        {
            any = true;
            var sorted = route.Failures.Sorted();
            var rest = sorted.Skip(MostFailures).Sum(static failure => failure.Count) + route.Failures.Others;
            table.Add(
                Number(route.Failures.Total),
                string.Join(", ", sorted.Take(MostFailures).Select(static failure => $"{failure.Name}: {Number(failure.Count)}"))
                    + (rest > 0 ? $", others: {Number(rest)}" : ""),
                route.Scope.Length > 0 ? route.Scope : "-",
                route.Text);
        }

        if (any)
        {
            output.Write("Failures\n");
            table.Write(output, width);
            output.Write("\n");
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
