// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.Text;

namespace L7Trace.Export.SlowSql.Html;

/// <summary>Charts as inline SVG: colours by class, no style of their own, readable without a script.</summary>
internal static class PageCharts
{
    private const double Left = 52;
    private const double Right = 8;
    private const double Top = 8;
    private const double Bottom = 20;
    private const double Width = 600;
    private const double Height = 170;

    /// <summary>Statements a second over time, with the errors in front.</summary>
    public static void Throughput(HtmlPage page, TimeSeries<TrafficInterval> traffic)
    {
        var seconds = traffic.Width / 1e9;
        var most = traffic.Intervals.Max(static interval => Math.Max(interval?.Statements ?? 0, interval?.Errors ?? 0)) / seconds;
        Begin(page, "Statements per second over time");
        Grid(page, [(0, "0"), (most / 2, ReportFigures.Rate(most / 2)), (most, ReportFigures.Rate(most))], value => Y(value / Math.Max(most, 1e-9)));
        TimeAxis(page, traffic);
        var step = (Width - Left - Right) / traffic.Intervals.Count;
        for (var i = 0; i < traffic.Intervals.Count; i++)
        {
            if (traffic.Intervals[i] is not { } interval)
            {
                continue;
            }

            var x = Left + (i * step);
            var rate = interval.Statements / seconds;
            var y = Y(rate / Math.Max(most, 1e-9));
            page.Add($"<rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{Math.Max(step - 0.5, 0.5)}\" height=\"{Y(0) - y}\"><title>{At(traffic, i)}: {ReportFigures.Rate(rate)} statements per second, {ReportFigures.Count(interval.Errors, "error")}</title></rect>");
            if (interval.Errors > 0)
            {
                var top = Y(interval.Errors / seconds / Math.Max(most, 1e-9));
                page.Add($"<rect class=\"err\" x=\"{x}\" y=\"{Math.Min(top, Y(0) - 2)}\" width=\"{Math.Max(step - 0.5, 0.5)}\" height=\"{Math.Max(Y(0) - top, 2)}\"/>");
            }
        }

        page.Add($"</svg>");
    }

    /// <summary>Percentiles 50, 95 and 99 over time, on a scale of powers of ten.</summary>
    public static void Latency(HtmlPage page, TimeSeries<TrafficInterval> traffic)
    {
        var known = traffic.Intervals.Where(static interval => interval?.Time.Count > 0).ToList();
        var low = Math.Floor(Math.Log10(Math.Max(1, known.Min(static interval => interval!.Time.Percentile(0.5)))));
        var high = Math.Max(low + 1, Math.Ceiling(Math.Log10(Math.Max(1, known.Max(static interval => interval!.Time.Percentile(0.99))))));
        Begin(page, "Latency over time: p50, p95, p99");
        Grid(page, [.. Enumerable.Range((int)low, (int)(high - low) + 1).Select(static power => ((double)power, Units.Duration(Math.Pow(10, power))))],
            power => Y((power - low) / (high - low)));
        TimeAxis(page, traffic);
        Curve(page, traffic, 0.5, "line p50", low, high);
        Curve(page, traffic, 0.95, "line p95", low, high);
        Curve(page, traffic, 0.99, "line p99", low, high);
        page.Add($"</svg>");
    }

    /// <summary>Calls by time, a bar for each quarter of a power of two, on a scale of powers of ten.</summary>
    public static void Histogram(HtmlPage page, ExponentialHistogram time)
    {
        const int Together = 1 << (ExponentialHistogram.Scale - 2);
        var bars = time.Buckets().GroupBy(static bucket => Math.Floor(bucket.Index / (double)Together))
            .Select(static bar => (Number: (int)bar.Key, Calls: bar.Sum(static bucket => bucket.Count))).ToList();
        if (bars.Count == 0)
        {
            return;
        }

        var low = Math.Floor(Math.Log10(LowerBound(bars[0].Number)));
        var high = Math.Max(low + 1, Math.Ceiling(Math.Log10(LowerBound(bars[^1].Number + 1))));
        var most = bars.Max(static bar => bar.Calls);
        Begin(page, "Calls by time");
        Grid(page, [(0, "0"), (1, ReportFigures.Number(most))], Y);
        for (var power = low; power <= high; power++)
        {
            var x = X(power);
            page.Add($"<path class=\"axis\" d=\"M{x} {Top}V{Y(0)}\"/><text x=\"{x}\" y=\"{Height - 6}\" text-anchor=\"{(power == low ? "start" : power == high ? "end" : "middle")}\">{Units.Duration(Math.Pow(10, power))}</text>");
        }

        foreach (var (number, calls) in bars)
        {
            var (from, to) = (LowerBound(number), LowerBound(number + 1));
            var (x, end) = (X(Math.Log10(from)), X(Math.Log10(to)));
            var height = Math.Max(1.5, (Y(0) - Top) * calls / most);
            page.Add($"<rect class=\"bar\" x=\"{x}\" y=\"{Y(0) - height}\" width=\"{Math.Max(0.8, end - x - 0.5)}\" height=\"{height}\"><title>{Units.Duration(from)} to {Units.Duration(to)}: {ReportFigures.Count(calls, "call")}</title></rect>");
        }

        page.Add($"</svg>");

        double X(double power) => Left + ((Width - Left - Right) * (power - low) / (high - low));
        static double LowerBound(int number) => Math.Pow(2, number / 4.0);
    }

    /// <summary>A share of the whole as a bar.</summary>
    public static void Share(HtmlPage page, double share) =>
        page.Add($"<svg viewBox=\"0 0 100 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"soft\" width=\"100\" height=\"12\" rx=\"2\"/><rect class=\"bar\" width=\"{Math.Clamp(share, 0, 1) * 100}\" height=\"12\" rx=\"2\"/></svg>");

    /// <summary>The load of a group over the time of the report.</summary>
    public static void Trend(HtmlPage page, StatementGroup group, StatementReport report)
    {
        const double Wide = 110;
        const double High = 18;
        var load = group.Load;
        var most = load.Intervals.Max(static interval => interval?.Time ?? 0);
        var span = Math.Max(1, report.End - report.Start);
        page.Add($"<svg viewBox=\"0 0 {Wide} {High}\" aria-hidden=\"true\"><path class=\"axis\" d=\"M0 {High - 0.5}H{Wide}\"/>");
        for (var i = 0; most > 0 && i < load.Intervals.Count; i++)
        {
            if (load.Intervals[i] is { Time: > 0 } interval)
            {
                var x = Wide * Math.Clamp((load.Start + (i * load.Width) - report.Start) / (double)span, 0, 1);
                var width = Math.Clamp(Wide * load.Width / span, 1, Math.Max(1, Wide - x));
                var height = Math.Max(1, (High - 2) * interval.Time / most);
                page.Add($"<rect class=\"bar\" x=\"{x}\" y=\"{High - 1 - height}\" width=\"{width}\" height=\"{height}\"/>");
            }
        }

        page.Add($"</svg>");
    }

    private static double Y(double share) => Top + ((Height - Top - Bottom) * (1 - share));

    private static void Begin(HtmlPage page, string title) =>
        page.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{title}\">");

    private static void Grid(HtmlPage page, IReadOnlyList<(double Value, string Text)> marks, Func<double, double> y)
    {
        foreach (var (value, text) in marks)
        {
            page.Add($"<path class=\"axis\" d=\"M{Left} {y(value)}H{Width - Right}\"/><text x=\"{Left - 5}\" y=\"{y(value) + 4}\" text-anchor=\"end\">{text}</text>");
        }
    }

    private static void TimeAxis(HtmlPage page, TimeSeries<TrafficInterval> traffic)
    {
        var last = traffic.Start + (traffic.Width * traffic.Intervals.Count);
        page.Add($"<text x=\"{Left}\" y=\"{Height - 5}\">{ReportFigures.Time(traffic.Start)[11..19]}</text>");
        page.Add($"<text x=\"{Width - Right}\" y=\"{Height - 5}\" text-anchor=\"end\">{ReportFigures.Time(last)[11..19]} UTC</text>");
    }

    private static string At(TimeSeries<TrafficInterval> traffic, int index) =>
        ReportFigures.Time(traffic.Start + (index * traffic.Width))[11..];

    private static void Curve(HtmlPage page, TimeSeries<TrafficInterval> traffic, double quantile, string kind, double low, double high)
    {
        var step = (Width - Left - Right) / traffic.Intervals.Count;
        page.Add($"<path class=\"{kind}\" d=\"");
        var begun = false;
        for (var i = 0; i < traffic.Intervals.Count; i++)
        {
            if (traffic.Intervals[i] is not { Time.Count: > 0 } interval)
            {
                begun = false;
                continue;
            }

            var power = Math.Log10(Math.Max(1, interval.Time.Percentile(quantile)));
            var (x, y) = (Left + ((i + 0.5) * step), Y((power - low) / (high - low)));
            page.Add($"{(begun ? "L" : "M")}{x} {y}");
            if (!begun)
            {
                page.Add($"h0.01"); // an interval between two empty ones is a point
            }

            begun = true;
        }

        page.Add($"\"/>");
    }
}
