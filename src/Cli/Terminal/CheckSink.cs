// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Analysis.Checks;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.Sql;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Checks;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>Holds the traffic against rules and says at the end what became of each.</summary>
internal sealed class CheckSink : ITraceSink
{
    private const int MostLines = 20; // of one rule, for people; the JUnit file has all

    private readonly OutputTarget _output;
    private readonly CheckSettings _settings;
    private readonly string _command;
    private readonly TraceSettings _trace;
    private readonly TrafficCheck _check;
    private bool _hasEnded;

    /// <summary>Makes one that writes to the target.</summary>
    public CheckSink(OutputTarget output, TraceSettings settings, CheckSettings check)
    {
        _output = output;
        (_settings, _trace) = (check, settings);
        _command = Path.GetFileName(settings.Command[0]); // its arguments may be secrets, and the file is read by many
        _check = NewCheck();
    }

    /// <summary>What became of the rules; empty before the end.</summary>
    public IReadOnlyList<CheckResult> Results { get; private set; } = [];

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now) => _check.OnExchange(exchange);

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // The outcome has them all.
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // There is nothing before the end.
    }

    /// <inheritdoc/>
    public void End(TraceOutcome outcome) => Volatile.Write(ref _hasEnded, true);

    /// <summary>Judges, when the trace is over, and says it. Returns why the JUnit file could not be written, null when it could.</summary>
    /// <param name="outcome">What the trace came to.</param>
    /// <param name="isEarly">It ended before the command did.</param>
    /// <param name="junit">Where the results go as JUnit XML.</param>
    public string? Finish(TraceOutcome outcome, bool isEarly, Stream? junit)
    {
        List<string> losses = [.. outcome.Summary.Losses.NonZero.Select(static loss => "lost: " + LossText.Describe(loss.Key, loss.Value))];
        if (isEarly)
        {
            losses.Add("the trace ended before the command did");
        }

        if (outcome.Failure is { } failure)
        {
            losses.Add("the trace failed: " + failure.Message);
        }

        // Without an end the other thread may still be at it, and what it has is not to be touched.
        var hasEnded = Volatile.Read(ref _hasEnded);
        if (!hasEnded)
        {
            losses.Add("the trace came to no end");
        }

        var check = hasEnded ? _check : NewCheck();
        Results = check.Results(losses, outcome.InFlight);
        var unwritten = junit is null ? null : WriteJUnit(junit, outcome.Summary);
        WriteText(check);
        return unwritten;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private TrafficCheck NewCheck()
    {
        var digests = new DigestCache();
        return new TrafficCheck(
            _settings.Rules, digests, new ExchangeLabel(digests, _trace.NewRouteTable()), text => _settings.Ignored.Any(pattern => pattern.IsMatch(text)), static time => Units.Duration(time));
    }

    private void WriteText(TrafficCheck check)
    {
        var text = new StringBuilder();
        foreach (var result in Results)
        {
            text.Append(result.Outcome switch { CheckOutcome.Passed => "ok    ", CheckOutcome.Failed => "FAILED", _ => "UNSURE" }).Append("  ").Append(result.Rule).Append('\n');
            foreach (var line in result.Found.Take(MostLines))
            {
                text.Append("          ").Append(TerminalText.Sanitize(line)).Append('\n');
            }

            if (result.Found.Count > MostLines)
            {
                text.Append(CultureInfo.InvariantCulture, $"          ... and {result.Found.Count - MostLines} more\n");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"{check.Statements} statements and {check.Requests} HTTP requests were held against {Results.Count} rule{(Results.Count == 1 ? "" : "s")}\n");
        try
        {
            _output.Stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
            _output.Stream.Flush();
        }
        catch (IOException)
        {
            // Nobody reads it: the exit code and the file say it as well.
        }
    }

    private string? WriteJUnit(Stream stream, TraceSummary summary)
    {
        try
        {
            JUnitXml.Write(stream, Results, _command, summary.Start, summary.End - summary.Start);
            stream.Flush();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }
}
