// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Export.Otlp.Configuration;

namespace L7Trace.Cli.Options;

/// <summary><c>--otlp[=ENDPOINT]</c>: exchanges also go to an OpenTelemetry collector, as spans. One instance belongs to one verb.</summary>
internal sealed class OtlpOption(CliEnvironment environment)
{
    private readonly Option<string?> _otlp = new("--otlp")
    {
        Description = "also send each exchange to an OpenTelemetry collector as a span; default http://localhost:4318; " +
            "OTEL_EXPORTER_OTLP_* and other OTEL_* variables are heeded",
        HelpName = "ENDPOINT",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Adds it to a verb.</summary>
    public void AddTo(Command command) => command.Add(_otlp);

    /// <summary>The settings with what was said; throws <see cref="CliException"/> for what can't be meant.</summary>
    public TraceSettings Read(ParseResult result, TraceSettings settings)
    {
        if (result.GetResult(_otlp) is null)
        {
            return settings;
        }

        try
        {
            return settings with { Otlp = OtlpEnvironment.Read(result.GetValue(_otlp), environment.Variable) };
        }
        catch (OtlpConfigurationException exception)
        {
            throw new CliException(ExitCode.Usage, exception.Message);
        }
    }
}
