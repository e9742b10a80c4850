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
    private readonly TrafficCheck _check;

    /// <summary>Makes one that writes to the target.</summary>
    public CheckSink(OutputTarget output, TraceSettings settings, CheckSettings check)
    {
        _output = output;
        _settings = check;
        _command = Path.GetFileName(settings.Command[0]); // its arguments may be secrets, and the file is read by many
        _check = new TrafficCheck(
            check.Rules, new ExchangeLabel(new DigestCache(), settings.NewRouteTable()), text => check.Ignored.Any(pattern => pattern.IsMatch(text)), static time => Units.Duration(time));
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
    public void End(TraceOutcome outcome)
    {
        string[] losses = [.. outcome.Summary.Losses.NonZero.Select(static loss => "lost: " + LossText.Describe(loss.Key, loss.Value))];
        Results = _check.Results(losses, outcome.InFlight);
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

        text.Append(CultureInfo.InvariantCulture, $"{_check.Statements} statements and {_check.Requests} HTTP requests were held against {Results.Count} rule{(Results.Count == 1 ? "" : "s")}\n");
        _output.Stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        _output.Stream.Flush();
        if (_settings.JUnitFile is { } path)
        {
            WriteJUnit(path, outcome.Summary);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    // Readable for all, other than captures: digests have no values in them, and who reads it in CI is often another user than root.
    private void WriteJUnit(string path, TraceSummary summary)
    {
        using var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        });
        JUnitXml.Write(stream, Results, _command, summary.Start, summary.End - summary.Start);
    }
}
